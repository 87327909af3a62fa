/**
 * Time zones and buckets: the platform's only place that knows about daylight saving.
 *
 * Every bucket is folded from 15-minute UTC buckets; every zone offset in use is a multiple of 15 minutes.
 */
export type Resolution = "15m" | "1h" | "day" | "week" | "month" | "year";

/** Whether the runtime knows the IANA time zone. */
export function isTimeZone(tz: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: tz });
    return true;
  } catch {
    return false;
  }
}

/**
 * The starts of all buckets that touch [fromMs, toMs), and last the end of the last one: n buckets give n + 1 numbers,
 * strictly rising, Unix ms UTC. `15m` and `1h` are fixed lengths aligned to the zone's clock; the others are calendar
 * units in the zone (week: Monday).
 */
export declare function bucketBounds(fromMs: number, toMs: number, resolution: Resolution, tz: string): number[];

/** RFC 3339 with the zone's offset at that instant, e.g. `2026-03-29T03:00:00+02:00`. */
export declare function toOffsetString(ms: number, tz: string): string;

/**
 * Reads a time: RFC 3339 with offset, a date (`2026-03-29`: midnight in `tz`), or epoch milliseconds.
 * `undefined` when it is none of them. An unescaped `+` that arrived as a space is repaired.
 */
export declare function parseInstant(text: string, tz: string): number | undefined;
