import { QUARTER_HOUR_MS, type NormalisedReading } from "@smp/schemas";
import type { Bucket, Gap, SeriesQuery } from "../src/index.ts";

/**
 * The energy rule and local time once more, slowly, from the raw readings alone and without the code under test: what
 * both engines must agree with to the Wh.
 */
export interface History {
  readings: readonly NormalisedReading[];
  /** When the meter was exchanged, Unix ms UTC. */
  swaps?: readonly number[];
}
type Range = Pick<SeriesQuery, "from" | "to" | "resolution" | "tz">;

export function oracle(
  { readings, swaps = [] }: History,
  range: Range,
  buckets: readonly { from: number; to: number }[] = localBuckets(range),
): Bucket[] {
  const stored = [...new Map(readings.map((reading) => [reading.t, reading])).values()].sort(
    (a, b) => a.t - b.t,
  );
  return buckets.flatMap(({ from, to }) => {
    const inside = stored.filter(({ t }) => t >= from && t < to);
    if (inside.length === 0) return [];
    const watts = inside.flatMap(({ r }) => r["1-0:16.7.0"] ?? []);
    const imported = energy(stored, swaps, "1-0:1.8.0", from, to);
    const exported = energy(stored, swaps, "1-0:2.8.0", from, to);
    return {
      meter: inside[0]?.meter ?? "",
      from,
      to,
      importWh: imported.wh,
      exportWh: exported.wh,
      importUnallocatedWh: imported.unallocatedWh,
      exportUnallocatedWh: exported.unallocatedWh,
      powerAvgW: watts.length === 0 ? null : watts.reduce((a, b) => a + b, 0) / watts.length,
      powerMinW: watts.length === 0 ? null : Math.min(...watts),
      powerMaxW: watts.length === 0 ? null : Math.max(...watts),
      quartersSeen: new Set(inside.map(({ t }) => quarterOf(t))).size,
      quarters: (to - from) / QUARTER_HOUR_MS,
      readings: inside.length,
    };
  });
}

export function gapsOracle({ readings, swaps = [] }: History): Gap[] {
  const stored = readings.toSorted((a, b) => a.t - b.t);
  return stored.slice(1).flatMap((after, index) => {
    const before = stored[index];
    if (!before || quarterOf(after.t) - quarterOf(before.t) < 2) return [];
    const across = (code: string): number | null => {
      const counts = countsOf(stored, code);
      const last = counts.findLast(({ t }) => quarterOf(t) === quarterOf(before.t));
      const first = counts.find(({ t }) => quarterOf(t) === quarterOf(after.t));
      if (!last || !first || first.value < last.value) return null;
      return swaps.some((swap) => last.t < swap && swap <= first.t) ? null : first.value - last.value;
    };
    return {
      from: before.t,
      to: after.t,
      reason: swaps.some((swap) => before.t < swap && swap <= after.t) ? "meter-swap" : "no-readings",
      importWh: across("1-0:1.8.0"),
      exportWh: across("1-0:2.8.0"),
    };
  });
}

const quarterOf = (t: number): number => Math.floor(t / QUARTER_HOUR_MS);

const countsOf = (stored: readonly NormalisedReading[], code: string): { t: number; value: number }[] =>
  stored.flatMap(({ t, r, quality }) => {
    const value = r[code];
    return value === undefined || quality?.includes("suspect") ? [] : [{ t, value }];
  });

function energy(
  stored: readonly NormalisedReading[],
  swaps: readonly number[],
  code: string,
  from: number,
  to: number,
): { wh: number | null; unallocatedWh: number } {
  const counts = countsOf(stored, code);
  let wh: number | null = null;
  let unallocatedWh = 0;
  for (const [index, before] of counts.entries()) {
    const after = counts[index + 1];
    if (!after || before.t < from || before.t >= to) continue;
    if (swaps.some((swap) => swap > before.t && swap <= after.t)) continue;
    const step = Math.max(after.value - before.value, 0);
    const quarters = quarterOf(after.t) - quarterOf(before.t);
    if (quarters > 1 && after.t > to) continue;
    wh = (wh ?? 0) + step;
    if (quarters > 1) unallocatedWh += step;
  }
  return { wh, unallocatedWh };
}

const labels = new Map<string, { date: string; hour: string }>();
const formats = new Map<string, Intl.DateTimeFormat>();

/** What the clock on the wall shows in a quarter hour, as the runtime writes it. */
function labelOf(quarter: number, tz: string): { date: string; hour: string } {
  const key = `${tz} ${quarter}`;
  const known = labels.get(key);
  if (known) return known;
  const format =
    formats.get(tz) ??
    new Intl.DateTimeFormat("en-CA", {
      timeZone: tz,
      dateStyle: "short",
      timeStyle: undefined,
    });
  formats.set(tz, format);
  const clock =
    formats.get(`${tz} hour`) ??
    new Intl.DateTimeFormat("en-GB", { timeZone: tz, hour: "2-digit", timeZoneName: "longOffset" });
  formats.set(`${tz} hour`, clock);
  const ms = quarter * QUARTER_HOUR_MS;
  const label = { date: format.format(ms), hour: clock.format(ms) };
  labels.set(key, label);
  return label;
}

/** Names the bucket of a quarter hour: neighbours with the same name are in one. */
function bucketName(quarter: number, { resolution, tz }: Range): string {
  if (resolution === "15m") return String(quarter);
  if (resolution === "range") return "";
  const { date, hour } = labelOf(quarter, tz);
  if (resolution === "1h") return `${date} ${hour}`;
  if (resolution === "day") return date;
  if (resolution === "month") return date.slice(0, 7);
  if (resolution === "year") return date.slice(0, 4);
  const day = Date.parse(`${date}T00:00:00Z`) / 86_400_000;
  // 1 January 1970 was a Thursday.
  return String(Math.floor((day + 3) / 7));
}

/** The buckets that touch a range, found by walking over quarter hours. */
export function localBuckets(range: Range): { from: number; to: number }[] {
  let first = quarterOf(range.from);
  let last = Math.ceil(range.to / QUARTER_HOUR_MS) - 1;
  const name = (quarter: number): string => bucketName(quarter, range);
  if (range.resolution !== "range") {
    while (name(first - 1) === name(first)) first--;
    while (name(last + 1) === name(last)) last++;
  }
  const buckets: { from: number; to: number }[] = [];
  for (let quarter = first; quarter <= last; quarter++) {
    const to = (quarter + 1) * QUARTER_HOUR_MS;
    const bucket = buckets.at(-1);
    if (bucket && name(quarter) === name(quarter - 1)) bucket.to = to;
    else buckets.push({ from: quarter * QUARTER_HOUR_MS, to });
  }
  return buckets;
}
