/**
 * Time zones and buckets: the platform's only place that knows about daylight saving.
 *
 * Every bucket is folded from 15-minute UTC buckets; every zone offset in use is a multiple of 15 minutes.
 */
export type Resolution = "15m" | "1h" | "day" | "week" | "month" | "year";

export const MINUTE_MS: number = 60_000;
export const QUARTER_HOUR_MS: number = 15 * MINUTE_MS;
export const HOUR_MS: number = 60 * MINUTE_MS;
/** Of a day UTC; a local one may be an hour shorter or longer. */
export const DAY_MS: number = 24 * HOUR_MS;
/** Zones whose formatter and offsets are kept; a runtime knows about 450, most platforms use one. */
const ZONES_MAX = 64;
/** Days per zone whose offset is kept: some 50 years. */
const DAYS_MAX = 20_000;

interface Zone {
  format: Intl.DateTimeFormat;
  /** UTC day number to the offset of that whole day; NaN for a day in which the offset changes. */
  offsets: Map<number, number>;
}
const zones = new Map<string, Zone>();

function zoneOf(tz: string): Zone {
  const known = zones.get(tz);
  if (known) return known;
  // Runtimes differ in whether they take "+01:00"; a fixed offset is no IANA zone and knows no daylight saving.
  if (/^[+-]/.test(tz)) throw new RangeError(`${tz} is an offset, not an IANA time zone`);
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: tz,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  if (zones.size >= ZONES_MAX) zones.clear();
  const zone = { format, offsets: new Map<number, number>() };
  zones.set(tz, zone);
  return zone;
}

/** Whether the runtime knows the IANA time zone. */
export function isTimeZone(tz: string): boolean {
  try {
    zoneOf(tz);
    return true;
  } catch {
    return false;
  }
}

/** Local minus UTC, asked of the runtime. */
function exactOffsetMs(ms: number, zone: Zone): number {
  const [month = 1, day = 1, year = 1970, hour = 0, minute = 0, second = 0] = (
    zone.format.format(ms).match(/\d+/g) ?? []
  ).map(Number);
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(ms / 1000) * 1000;
}

function offsetMs(ms: number, zone: Zone): number {
  const day = Math.floor(ms / DAY_MS);
  let offset = zone.offsets.get(day);
  if (offset === undefined) {
    const first = exactOffsetMs(day * DAY_MS, zone);
    offset = exactOffsetMs((day + 1) * DAY_MS - 1, zone) === first ? first : Number.NaN;
    if (zone.offsets.size >= DAYS_MAX) zone.offsets.clear();
    zone.offsets.set(day, offset);
  }
  return Number.isNaN(offset) ? exactOffsetMs(ms, zone) : offset;
}

/** The first instant in (beforeMs, afterMs] for which `changed` holds; it must hold at afterMs. */
function firstInstant(beforeMs: number, afterMs: number, changed: (ms: number) => boolean): number {
  let before = beforeMs;
  let after = afterMs;
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (changed(middle)) after = middle;
    else before = middle;
  }
  return after;
}

/** The instants at which the zone's clock shows a time, that time read as UTC; in order. */
function instantsIn(localMs: number, zone: Zone): number[] {
  // A local time read as UTC is less than a day away from the instant, so these are the offsets before and after.
  const offsets = [offsetMs(localMs - DAY_MS, zone), offsetMs(localMs + DAY_MS, zone)];
  const instants = new Set([localMs - Math.max(...offsets), localMs - Math.min(...offsets)]);
  return [...instants].filter((instant) => instant + offsetMs(instant, zone) === localMs);
}

/** The first instant of a local day: midnight, the earlier of two, or where the clock jumps over midnight to. */
function dayStart(localMidnight: number, zone: Zone): number {
  const [midnight] = instantsIn(localMidnight, zone);
  if (midnight !== undefined) return midnight;
  return firstInstant(
    localMidnight - offsetMs(localMidnight + DAY_MS, zone),
    localMidnight - offsetMs(localMidnight - DAY_MS, zone),
    (ms) => ms + offsetMs(ms, zone) >= localMidnight,
  );
}

/** The unit's first day, `step` units after the one that holds the local time; as a local midnight read as UTC. */
function calendarStart(localMs: number, resolution: Resolution, step: number): number {
  const local = new Date(localMs);
  const year = local.getUTCFullYear();
  const month = local.getUTCMonth();
  const day = local.getUTCDate();
  const sinceMonday = (local.getUTCDay() + 6) % 7;
  if (resolution === "year") return Date.UTC(year + step, 0, 1);
  if (resolution === "month") return Date.UTC(year, month + step, 1);
  if (resolution === "week") return Date.UTC(year, month, day - sinceMonday + 7 * step);
  return Date.UTC(year, month, day + step);
}

function calendarBounds(fromMs: number, toMs: number, resolution: Resolution, zone: Zone): number[] {
  const localFrom = fromMs + offsetMs(fromMs, zone);
  const bounds: number[] = [];
  for (let step = 0; (bounds.at(-1) ?? -Infinity) < toMs; step++) {
    const start = dayStart(calendarStart(localFrom, resolution, step), zone);
    // A day that a zone left out (Apia, 30 December 2011) starts where the next one does.
    if (start > (bounds.at(-1) ?? -Infinity)) bounds.push(start);
  }
  // Where the clock falls back over midnight, the first bucket may end before the range.
  return bounds.slice(bounds.findLastIndex((bound) => bound <= fromMs));
}

const modulo = (value: number, divisor: number): number => ((value % divisor) + divisor) % divisor;

/** Full hours of the zone's clock. Only a clock change by part of an hour (Lord Howe) makes a shorter bucket. */
function hourBounds(fromMs: number, toMs: number, zone: Zone): number[] {
  const phase = (ms: number): number => modulo(offsetMs(ms, zone), HOUR_MS);
  const cut = (before: number, after: number): number =>
    firstInstant(before, after, (ms) => phase(ms) === phase(after));
  const hour = fromMs - modulo(fromMs + phase(fromMs), HOUR_MS);
  let bound = phase(hour) === phase(fromMs) ? hour : cut(hour, fromMs);
  const bounds = [bound];
  while (bound < toMs) {
    const next = bound - modulo(bound + phase(bound), HOUR_MS) + HOUR_MS;
    bound = phase(next - 1) === phase(bound) ? next : cut(bound, next - 1);
    bounds.push(bound);
  }
  return bounds;
}

/**
 * The starts of all buckets that touch [fromMs, toMs), and last the end of the last one: n buckets give n + 1 numbers,
 * strictly rising, Unix ms UTC; none for an empty range. `15m` and `1h` are fixed lengths aligned to the zone's clock;
 * the others are calendar units in the zone (week: Monday). Throws a RangeError for an unknown zone.
 *
 * @example bucketBounds(from, to, "15m", "Europe/Vienna").length - 1 // 92 on 29 March 2026
 */
export function bucketBounds(fromMs: number, toMs: number, resolution: Resolution, tz: string): number[] {
  const zone = zoneOf(tz);
  if (!(fromMs < toMs)) return [];
  if (resolution === "1h") return hourBounds(fromMs, toMs, zone);
  if (resolution !== "15m") return calendarBounds(fromMs, toMs, resolution, zone);
  const bounds: number[] = [];
  const first = Math.floor(fromMs / QUARTER_HOUR_MS) * QUARTER_HOUR_MS;
  for (let bound = first; bound < toMs + QUARTER_HOUR_MS; bound += QUARTER_HOUR_MS) bounds.push(bound);
  return bounds;
}

/**
 * What the zone's clock shows at an instant, as the Unix ms of the same time of day in UTC.
 *
 * @example new Date(wallClock(ms, "Europe/Vienna")).getUTCHours() // hour of the Viennese day
 */
export const wallClock = (ms: number, tz: string): number => ms + offsetMs(ms, zoneOf(tz));

/**
 * The instants at which the zone's clock shows a time, as `wallClock` gives it: one, in order both where it comes twice, none
 * where the clock jumps over it.
 */
export const instantsOf = (wallMs: number, tz: string): number[] => instantsIn(wallMs, zoneOf(tz));

const TWO_DIGITS: readonly string[] = Array.from({ length: 100 }, (_, value) =>
  String(value).padStart(2, "0"),
);
const digits = (value: number): string => TWO_DIGITS[value] ?? String(value);

/** The last day that was written out: answers tell many times of few days. */
let written = { day: Number.NaN, date: "" };
function dateOf(day: number): string {
  if (written.day !== day)
    written = { day, date: new Date(day * DAY_MS).toISOString().replace("T00:00:00.000Z", "") };
  return written.date;
}

/** RFC 3339 with the zone's offset at that instant, e.g. `2026-03-29T03:00:00+02:00`; milliseconds only when there are any. */
export function toOffsetString(ms: number, tz: string): string {
  // RFC 3339 offsets have no seconds; zones had them before 1972.
  const minutes = Math.trunc(offsetMs(ms, zoneOf(tz)) / MINUTE_MS);
  const local = Math.trunc(ms) + minutes * MINUTE_MS;
  const day = Math.floor(local / DAY_MS);
  const time = local - day * DAY_MS;
  const clock = `${digits(Math.floor(time / HOUR_MS))}:${digits(Math.floor(time / MINUTE_MS) % 60)}:${digits(Math.floor(time / 1000) % 60)}`;
  const fraction = time % 1000 === 0 ? "" : `.${String(time % 1000).padStart(3, "0")}`;
  const size = Math.abs(minutes);
  return `${dateOf(day)}T${clock}${fraction}${minutes < 0 ? "-" : "+"}${digits(Math.floor(size / 60))}:${digits(size % 60)}`;
}

const DATE = /^(\d{4})-(\d\d)-(\d\d)$/;
const DATE_TIME =
  /^(\d{4}-\d\d-\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(?:([Zz])|([+\- ])(\d\d)(?::?(\d\d))?)$/;

/** Midnight UTC of a date that exists; 30 February does not. */
function parseDate(text: string): number | undefined {
  const match = DATE.exec(text);
  if (!match) return undefined;
  const ms = Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3]));
  return new Date(ms).toISOString().startsWith(text) ? ms : undefined;
}

/**
 * Reads a time: RFC 3339 with offset, a date (`2026-03-29`: the day's first instant in `tz`), or epoch milliseconds
 * (0, or 12 to 14 digits: fewer are seconds or a year, and refused). `undefined` when it is none of them.
 * An unescaped `+` that arrived as a space is repaired; offsets may be `+0100` and `+01`, too, as Polars and DuckDB write them.
 */
export function parseInstant(text: string, tz: string): number | undefined {
  if (/^(?:0|[1-9]\d{11,13})$/.test(text)) return Number(text);
  const date = parseDate(text);
  if (date !== undefined) return dayStart(date, zoneOf(tz));
  const match = DATE_TIME.exec(text);
  if (!match) return undefined;
  const day = parseDate(match[1] ?? "");
  const [hour, minute, second, offsetHour, offsetMinute] = [2, 3, 4, 8, 9].map((group) =>
    Number(match[group] ?? 0),
  ) as [number, number, number, number, number];
  if (day === undefined || hour > 23 || minute > 59 || second > 59 || offsetHour > 23 || offsetMinute > 59)
    return undefined;
  const fraction = Math.floor(Number(`0.${match[5] ?? 0}`) * 1000);
  const offset = (match[7] === "-" ? -1 : 1) * (offsetHour * 60 + offsetMinute) * MINUTE_MS;
  return day + hour * HOUR_MS + minute * MINUTE_MS + second * 1000 + fraction - offset;
}
