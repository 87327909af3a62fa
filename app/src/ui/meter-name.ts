import type { Meter } from "@smp/schemas/api";
import { text } from "../i18n.ts";
import { meters } from "../state/meters.ts";

/** A meter as people call it; one that no household is behind says so everywhere. */
export function nameOf({ id, name, simulated }: Pick<Meter, "id" | "name" | "simulated">): string {
  if (!simulated) return name;
  return name === id ? text("simulated.name") : text("simulated.named", { name });
}

export const namesOf = (ids: readonly string[]): string =>
  ids
    .map((id) => {
      const entry = meters.value?.find((known) => known.id === id);
      return entry ? nameOf(entry) : id;
    })
    .join(", ");
