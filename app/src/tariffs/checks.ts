import type { TimeOfUsePrice } from "@smp/schemas/api";
import { cellsOf, DAYS, gridOf, SLOTS } from "./grid.ts";

export interface Overlap {
  first: string;
  second: string;
  /** Where they meet first: index into DAYS, and the quarter hour. */
  day: number;
  slot: number;
}

/** Pairs of rules that both fit somewhere; the upper one counts there. A season's rule over one of all year is meant so. */
export function overlapsOf({ zones }: TimeOfUsePrice): Overlap[] {
  const found: Overlap[] = [];
  for (const [index, zone] of zones.entries())
    for (const other of zones.slice(index + 1)) {
      if (zone.name === other.name && zone.price === other.price) continue;
      if ((zone.months === undefined) !== (other.months === undefined)) continue;
      if (zone.months && other.months && !zone.months.some((month) => other.months?.includes(month)))
        continue;
      const covered = new Set(cellsOf(zone).map(([day, slot]) => day * SLOTS + slot));
      const meets = cellsOf(other).find(([day, slot]) => covered.has(day * SLOTS + slot));
      if (meets) found.push({ first: zone.name, second: other.name, day: meets[0], slot: meets[1] });
    }
  return found;
}

/** Hours of a week (without holidays) in which no rule fits in that month, so that `otherwise` counts. */
export function openHours(component: TimeOfUsePrice, month: number): number {
  const week = gridOf(component, month).slice(0, DAYS.length - 1);
  return week.flat().filter((zone) => zone === undefined).length / 4;
}
