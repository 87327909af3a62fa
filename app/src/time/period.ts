import { bucketBounds, DAY_MS, parseInstant, toOffsetString } from "@smp/schemas";
import type { BucketLength } from "@smp/schemas/api";

export type Period = "day" | "week" | "month" | "year";
export const PERIODS: readonly Period[] = ["day", "week", "month", "year"];

/** One day, week, month or year in a zone; `from` inclusive, `to` exclusive, Unix ms. */
export interface Span {
  period: Period;
  /** Its first day, `2026-11-01`. */
  date: string;
  from: number;
  to: number;
  tz: string;
}

const MINUTE_MS = 60_000;

/** The bars of a period: hours of a day, days of a week or month, months of a year. */
export const resolutionOf = (period: Period): BucketLength =>
  period === "day" ? "1h" : period === "year" ? "month" : "day";

/** The next finer period: what "into the hours" opens. */
export const finerOf = (period: Period): Period | undefined =>
  ({ day: undefined, week: "day", month: "day", year: "month" } as const)[period];

export const localDate = (ms: number, tz: string): string => toOffsetString(ms, tz).slice(0, 10);
/** `2026-11-01T14:05`, as a clock in the zone shows it. */
export const localMinute = (ms: number, tz: string): string => toOffsetString(ms, tz).slice(0, 16);
const utcOf = (date: string): number => Date.parse(`${date}T00:00:00Z`);
const dateOf = (utcMs: number): string => new Date(utcMs).toISOString().slice(0, 10);
export const midnight = (date: string, tz: string): number => parseInstant(date, tz) ?? Number.NaN;

/** The first day that can be looked at: the platform answers for the years 2000 to 2099. */
export const FIRST_DATE = "2000-01-01";
/** Whether it is a day of the calendar that can be looked at: an address, or a year half typed, may hold another. */
export const isDate = (text: string): boolean =>
  /^\d{4}-/.test(text) && text >= FIRST_DATE && text < "2099" && parseInstant(text, "UTC") !== undefined;

export function spanOf(period: Period, date: string, tz: string): Span {
  const at = midnight(date, tz);
  const [from = at, to = at] = bucketBounds(at, at + 1, period, tz);
  return { period, date: localDate(from, tz), from, to, tz };
}

/** A period as the API is asked for it; `to` is exclusive. */
export const datesOf = ({
  date,
  to,
  tz,
}: Pick<Span, "date" | "to" | "tz">): { from: string; to: string; tz: string } => ({
  from: date,
  to: localDate(to, tz),
  tz,
});

/** A date some years and months away; a day that the month does not have becomes its last. */
function shiftMonths(date: string, months: number): string {
  const [year = 1970, month = 1, day = 1] = date.split("-").map(Number);
  const first = Date.UTC(year, month - 1 + months, 1);
  const last = new Date(first);
  last.setUTCMonth(last.getUTCMonth() + 1, 0);
  return dateOf(first + (Math.min(day, last.getUTCDate()) - 1) * DAY_MS);
}

export const shiftDays = (date: string, days: number): string => dateOf(utcOf(date) + days * DAY_MS);
const daysBetween = (from: string, to: string): number => Math.round((utcOf(to) - utcOf(from)) / DAY_MS);

/** The period so many steps later, or earlier. */
export function shift(span: Span, steps: number): Span {
  const { period, date, tz } = span;
  if (period === "day") return spanOf(period, shiftDays(date, steps), tz);
  if (period === "week") return spanOf(period, shiftDays(date, 7 * steps), tz);
  return spanOf(period, shiftMonths(date, (period === "year" ? 12 : 1) * steps), tz);
}

/** The same period a year before; a week is the one 52 weeks before, so that weekdays meet weekdays. */
export function yearBefore(span: Span): Span {
  if (span.period === "week") return shift(span, -52);
  return spanOf(span.period, shiftMonths(span.date, -12), span.tz);
}

/** An instant with this date and this time of the local clock; where the clock jumps over it, the same distance later. */
export function atClock(date: string, clockMs: number, tz: string): number {
  const start = midnight(date, tz);
  const offset = (ms: number): number => {
    const [, sign = "+", hours = "0", minutes = "0"] =
      /([+-])(\d\d):(\d\d)$/.exec(toOffsetString(ms, tz)) ?? [];
    return (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * MINUTE_MS;
  };
  const rough = start + clockMs;
  const exact = rough - (offset(rough) - offset(start));
  return offset(exact) === offset(rough) ? exact : rough;
}

/** So many hours of the clock apart from local midnight on: a day of 23 or 25 hours has the same ones. */
export function clockHours(from: number, to: number, hours: number, tz: string): number[] {
  const found = new Set<number>();
  for (let date = localDate(from, tz); midnight(date, tz) < to; date = shiftDays(date, 1))
    for (let hour = 0; hour < 24; hour += hours) found.add(atClock(date, hour * 60 * MINUTE_MS, tz));
  return [...found].filter((ms) => ms >= from && ms < to);
}

/**
 * The instant in `other` up to which it is fairly compared with `span` up to `atMs`: the same day of it at the same time of the clock.
 *
 * @example 26 November 2026, 08:30, months → 26 October 2026, 08:30
 */
export function sameMoment(span: Span, other: Span, atMs: number): number {
  if (atMs >= span.to) return other.to;
  const { tz } = span;
  const date = localDate(atMs, tz);
  const [hours = 0, minutes = 0] = toOffsetString(atMs, tz).slice(11, 16).split(":").map(Number);
  const target =
    span.period === "year"
      ? shiftMonths(date, 12 * (Number(other.date.slice(0, 4)) - Number(span.date.slice(0, 4))))
      : shiftDays(other.date, daysBetween(span.date, date));
  return Math.min(other.to, atClock(target, (hours * 60 + minutes) * MINUTE_MS, tz));
}
