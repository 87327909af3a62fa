import type { Tariff } from "@smp/schemas/api";
import type { VNode } from "preact";
import { text } from "../i18n.ts";
import { meters } from "../state/meters.ts";
import { useSession } from "../state/session.ts";
import { shiftDays } from "../time/period.ts";
import { DecimalField, TextField } from "../ui/fields.tsx";
import { nameOf } from "../ui/meter-name.ts";
import { lastDay, metersOf, withMeter } from "./draft.ts";

export interface MainFieldsProps {
  draft: Tariff;
  set: (change: Partial<Tariff>) => void;
}

/** Name, days, VAT, and which meters it is for. */
export function MainFields({ draft, set }: MainFieldsProps): VNode {
  const own = metersOf(useSession().session);
  const list = (meters.value ?? []).filter(({ id }) => own?.includes(id) ?? true);
  const toggle = (id: string, on: boolean): void => {
    const chosen = withMeter(draft.meters, { id, on, all: list.map((entry) => entry.id), own });
    if (chosen !== undefined) set({ meters: chosen });
  };
  return (
    <>
      <div class="fields">
        <TextField label={text("name")} value={draft.name} required onInput={(name) => set({ name })} />
        <TextField
          label={text("tariff.from")}
          type="date"
          required
          value={draft.valid_from}
          onInput={(from) => from !== "" && set({ valid_from: from })}
        />
        <TextField
          label={text("tariff.to")}
          type="date"
          value={draft.valid_to === null ? "" : lastDay(draft.valid_to)}
          hint={text("tariff.toHint")}
          onInput={(last) => set({ valid_to: last === "" ? null : shiftDays(last, 1) })}
        />
        <DecimalField
          label={text("tariff.vat")}
          value={draft.vat_percent}
          unit="%"
          onInput={(percent) => set({ vat_percent: percent })}
        />
      </div>
      {list.length > 1 && (
        <fieldset class="choice">
          <legend>{text("tariff.meters")}</legend>
          {list.map((entry) => (
            <label key={entry.id}>
              <input
                type="checkbox"
                checked={draft.meters?.includes(entry.id) ?? true}
                onChange={(event) => toggle(entry.id, event.currentTarget.checked)}
              />
              <span>{nameOf(entry)}</span>
            </label>
          ))}
        </fieldset>
      )}
    </>
  );
}
