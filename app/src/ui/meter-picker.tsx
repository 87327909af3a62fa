import type { VNode } from "preact";
import { text } from "../i18n.ts";
import { chooseMeter, meter, meters } from "../state/meters.ts";
import { nameOf } from "./meter-name.ts";

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
