import type { VNode } from "preact";
import { text } from "../i18n.ts";
import { chooseMeter, meter, meters, type MeterEntry } from "../state/meters.ts";

/** What people call a meter; the API's name, which is its id until somebody names it. */
export const nameOf = (entry: MeterEntry): string =>
  "name" in entry && typeof entry.name === "string" ? entry.name : entry.id;

/** Which meter the screen shows; only its name while there is but one. */
export function MeterPicker(): VNode {
  const list = meters.value ?? [];
  const shown = meter.value;
  if (list.length <= 1) return <p class="meter-name">{shown ? nameOf(shown) : text("appName")}</p>;
  return (
    <label class="picker">
      <span class="visually-hidden">{text("meter")}</span>
      <select value={shown?.id} onChange={(event) => chooseMeter(event.currentTarget.value)}>
        {list.map((entry) => (
          <option key={entry.id} value={entry.id}>
            {nameOf(entry)}
          </option>
        ))}
      </select>
    </label>
  );
}
