import { DAY_MS } from "@smp/schemas";
import type { TariffDay } from "@smp/schemas/api";
import { timeFormat } from "../format/times.ts";
import { text } from "../i18n.ts";
import { DAYS } from "./grid.ts";

/** 5 January 1970 was a Monday. */
const MONDAY = Date.UTC(1970, 0, 5);

export const dayName = (day: TariffDay, long = false): string =>
  day === "holiday"
    ? text(long ? "zones.holiday" : "zones.holidayShort")
    : timeFormat("UTC", { weekday: long ? "long" : "short" }).format(MONDAY + DAYS.indexOf(day) * DAY_MS);

export const monthName = (month: number, long = false): string =>
  timeFormat("UTC", { month: long ? "long" : "short" }).format(Date.UTC(2026, month - 1, 1));

/** `Apr – Sep`, or each month where they are not in a row. */
export function monthsText(months: readonly number[] | undefined): string {
  if (months === undefined) return text("zones.allYear");
  const row = months.every((month, index) => index === 0 || month === (months[index - 1] ?? 0) + 1);
  if (row && months.length > 2) return `${monthName(months[0] ?? 1)} – ${monthName(months.at(-1) ?? 12)}`;
  return months.map((month) => monthName(month)).join(", ");
}
