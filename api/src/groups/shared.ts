import { HOUR_MS, QUARTER_HOUR_MS } from "@smp/schemas";
import type { Bucket, EnergyStretch } from "@smp/store";
import { plus } from "../meters/energy.ts";

type Flow = Pick<Bucket, "importWh" | "exportWh">;

/**
 * Who sends once an hour is not punctual to the second. What passed in longer stretches is compared with nothing: over a day the
 * night's import would meet the noon's export.
 */
const STRETCH_MS_MAX = HOUR_MS + QUARTER_HOUR_MS;

/** The stretches whose energy is known to the hour, in order of time. */
export const hourly = (stretches: readonly EnergyStretch[]): EnergyStretch[] =>
  stretches.filter(({ from, to }) => to - from <= STRETCH_MS_MAX).sort((a, b) => a.from - b.from);

export const sumOf = (values: readonly (number | null)[]): number | null =>
  values.reduce<number | null>(plus, null);

/** What import and export of one time have in common. */
export const sharedOf = ({ importWh, exportWh }: Flow): number | null =>
  importWh === null || exportWh === null ? null : Math.min(importWh, exportWh);

/**
 * What members could use of each other's from a time on: the smaller of both sums, quarter hour by quarter hour; hour by hour
 * where some member's energy is known no finer. A stretch counts in the hour that holds its middle.
 *
 * @param quarters sums over the members
 * @param stretches of single members, whose energy is in no quarter hour
 */
export function sharedWh(
  fromMs: number,
  quarters: readonly Bucket[],
  stretches: readonly EnergyStretch[],
): number | null {
  const hourOf = (ms: number): number => Math.floor((ms - fromMs) / HOUR_MS);
  const hours = new Map<number, Flow>();
  const add = (hour: number, { importWh, exportWh }: Flow): void => {
    const sum = hours.get(hour) ?? { importWh: null, exportWh: null };
    hours.set(hour, { importWh: plus(sum.importWh, importWh), exportWh: plus(sum.exportWh, exportWh) });
  };
  for (const stretch of stretches) add(hourOf((stretch.from + stretch.to) / 2), stretch);
  const alone = quarters.filter((quarter) => {
    const hour = hourOf(quarter.from);
    if (!hours.has(hour)) return true;
    add(hour, quarter);
    return false;
  });
  return sumOf([...alone, ...hours.values()].map(sharedOf));
}
