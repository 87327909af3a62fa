import { language, locale, text } from "../i18n.ts";
import { platformMs } from "../state/clock.ts";
import { SPACE } from "./parted.ts";

const formats = new Map<string, Intl.DateTimeFormat>();
/** Making a format costs a phone more than using it. */
export function timeFormat(tz: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale.value} ${tz} ${JSON.stringify(options)}`;
  const known = formats.get(key);
  if (known) return known;
  const made = new Intl.DateTimeFormat(locale.value, { ...options, timeZone: tz });
  formats.set(key, made);
  return made;
}

const yearText = (ms: number, tz: string): string => timeFormat(tz, { year: "numeric" }).format(ms);

/** `3 s`, `2 min`, `5 h`, `3 d`. */
export function ageText(ageMs: number): string {
  const seconds = Math.max(0, Math.round(ageMs / 1000));
  if (seconds < 60) return `${seconds}${SPACE}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}${SPACE}min`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)}${SPACE}h`;
  return `${Math.floor(seconds / 86_400)}${SPACE}${text("unit.days")}`;
}

/** Clock time in the zone; with the date when it is not today. */
export function clockText(ms: number, tz: string, options: { seconds?: boolean } = {}): string {
  // The calendar of time/period.ts would come with the first file that a phone loads.
  const today = dateText(platformMs.peek(), tz) === dateText(ms, tz);
  return timeFormat(tz, {
    hour: "2-digit",
    minute: "2-digit",
    ...(options.seconds ? { second: "2-digit" } : {}),
    ...(today ? {} : { day: "numeric", month: "short", year: "numeric" }),
  }).format(ms);
}

/** `14:05`. */
export const hourText = (ms: number, tz: string): string =>
  timeFormat(tz, { hour: "2-digit", minute: "2-digit" }).format(ms);

/**
 * `14:00–15:00`; of the hours that the clock shows twice in autumn `02:00–03:00 MESZ` and `02:00–03:00 MEZ`, each by the
 * clock that it begins with.
 */
export function hoursText(startMs: number, endMs: number, tz: string): string {
  const start = hourText(startMs, tz);
  const lengthMs = endMs - startMs;
  const isFirst = hourText(endMs, tz) === start;
  if (!isFirst && hourText(startMs - lengthMs, tz) !== start) return `${start}–${hourText(endMs, tz)}`;
  const zone = timeFormat(tz, { hour: "2-digit", timeZoneName: "short" })
    .formatToParts(startMs)
    .find(({ type }) => type === "timeZoneName");
  // One clock hour later by the clock that it began with, which the clock after it shows an hour later.
  const end = hourText(isFirst ? endMs + lengthMs : endMs, tz);
  return `${start}–${end} ${zone?.value ?? ""}`.trim();
}

const isOtherYear = (ms: number, tz: string): boolean => yearText(ms, tz) !== yearText(platformMs.peek(), tz);

/** `Di., 24. Nov.`, with the year when it is another one. */
export function dayText(ms: number, tz: string, options: { year?: boolean; long?: boolean } = {}): string {
  return timeFormat(tz, {
    weekday: options.long ? "long" : "short",
    day: "numeric",
    month: options.long ? "long" : "short",
    ...(options.year === true || isOtherYear(ms, tz) ? { year: "numeric" } : {}),
  }).format(ms);
}

/** `24. November 2026`, `24 November 2026`. */
export const dateText = (ms: number, tz: string): string =>
  timeFormat(tz, { day: "numeric", month: "long", year: "numeric" }).format(ms);

/** `1.–26. Okt.`: the inclusive days of a half-open range. */
export function rangeText(fromMs: number, toMs: number, tz: string): string {
  return timeFormat(tz, { day: "numeric", month: "short", year: "numeric" }).formatRange(
    fromMs,
    Math.max(fromMs, toMs - 1),
  );
}

export const monthText = (ms: number, tz: string): string =>
  timeFormat(tz, { month: "long", year: "numeric" }).format(ms);

/** Two letters or one, for an axis. */
export const weekdayText = (ms: number, tz: string): string =>
  timeFormat(tz, { weekday: "short" }).format(ms);
export const monthShortText = (ms: number, tz: string, width: number): string => {
  const name = timeFormat(tz, { month: "short" }).format(ms).replace(".", "");
  return width < 30 ? name.slice(0, 1) : language.value === "de" ? name.slice(0, 4) : name.slice(0, 3);
};
export const dayNumber = (ms: number, tz: string): string => timeFormat(tz, { day: "numeric" }).format(ms);

/** `24. Nov., 09:15`, with the year when it is another one. */
export const momentText = (ms: number, tz: string): string =>
  timeFormat(tz, {
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
    ...(isOtherYear(ms, tz) ? { year: "numeric" } : {}),
  }).format(ms);
