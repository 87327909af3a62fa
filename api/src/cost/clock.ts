import { DAY_MS, QUARTER_HOUR_MS, wallClock } from "@smp/schemas";
import type { TariffDay } from "@smp/schemas/api";

export const QUARTERS_A_DAY: number = DAY_MS / QUARTER_HOUR_MS;
const WEEK: readonly TariffDay[] = ["mo", "tu", "we", "th", "fr", "sa", "su"];

/** A quarter hour by the meter's clock. In the night that has 02:00 twice, two of them look the same, as they should. */
export interface LocalQuarter {
  /** Its start, Unix ms. */
  ms: number;
  /** Days since 1 January 1970, by the clock. */
  day: number;
  /** 0 for 00:00 to 95 for 23:45. */
  ofDay: number;
}

export function localQuarter(ms: number, tz: string): LocalQuarter {
  const wall = wallClock(ms, tz);
  const day = Math.floor(wall / DAY_MS);
  return { ms, day, ofDay: Math.floor((wall - day * DAY_MS) / QUARTER_HOUR_MS) };
}

export const dateOf = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10);
/** 1 is January. */
export const monthOf = (day: number): number => new Date(day * DAY_MS).getUTCMonth() + 1;
/** 1 January 1970 was a Thursday. */
export const weekdayOf = (day: number): TariffDay => WEEK[(day + 3) % 7]!;

/** "06:15" is 25, "24:00" is 96. */
export function quarterOfDay(time: string): number {
  const [hour = 0, minute = 0] = time.split(":").map(Number);
  return hour * 4 + minute / 15;
}
