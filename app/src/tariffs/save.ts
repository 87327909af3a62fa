import type { Tariff } from "@smp/schemas/api";
import { freeId, predecessorOf } from "./draft.ts";

type Put = (tariff: Tariff) => Promise<unknown>;

/** Saves, and ends the contract before it where that has no end; one that is refused leaves everything as it was. */
export async function save(draft: Tariff, all: readonly Tariff[], put: Put): Promise<void> {
  const before = predecessorOf(draft, all);
  if (before) await put({ ...before, valid_to: draft.valid_from });
  try {
    await (draft.id === "" ? putNew(draft, all, put) : put(draft));
  } catch (error) {
    if (before) await put(before);
    throw error;
  }
}

/** An id may be taken by a contract that this token does not see: the platform says only that it is not to be had. */
async function putNew(draft: Tariff, all: readonly Tariff[], put: Put): Promise<void> {
  const id = freeId(
    draft.name,
    draft.valid_from,
    all.map((known) => known.id),
  );
  try {
    await put({ ...draft, id });
  } catch (error) {
    if ((error as { kind?: unknown }).kind !== "not-found") throw error;
    const [random = 0] = crypto.getRandomValues(new Uint32Array(1));
    await put({ ...draft, id: `${id}-${random.toString(36)}` });
  }
}
