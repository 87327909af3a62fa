import { bucketBounds, QUARTER_HOUR_MS as Q } from "@smp/schemas";
import { foldMeter, type Quarter } from "./energy.ts";
import type { Bucket, SeriesQuery } from "./store.ts";
import type { Swaps } from "./swaps.ts";

/** Quarter hours in memory at once; a query over more takes its meters a few at a time. */
const QUARTERS_AT_ONCE = 50_000;

/** Whole quarter hours of some meters; times in Unix ms UTC, `to` exclusive. */
export interface QuarterRange {
  meters: readonly string[];
  from: number;
  to: number;
}

/** The buckets' bounds; a range is one bucket, cut at whole quarter hours. */
export function boundsOf({ from, to, resolution, tz }: Omit<SeriesQuery, "meters" | "perMeter">): number[] {
  if (resolution !== "range") return bucketBounds(from, to, resolution, tz);
  return from < to ? [Math.floor(from / Q) * Q, Math.ceil(to / Q) * Q] : [];
}

/** Answers a series query from quarter hours, which `read` gives in order of meter and time. */
export async function foldSeries(
  query: SeriesQuery,
  read: (range: QuarterRange) => Promise<readonly Quarter[]>,
  swaps: Swaps,
): Promise<Bucket[]> {
  const bounds = boundsOf(query);
  const [first, last] = [bounds[0], bounds.at(-1)];
  if (first === undefined || last === undefined) return [];
  const from = Math.floor(first / Q) * Q;
  // One quarter hour more: it ends the difference that the last one begins.
  const to = Math.ceil(last / Q) * Q + Q;
  const meters = [...new Set(query.meters)].sort();
  const atOnce = Math.max(1, Math.floor((QUARTERS_AT_ONCE * Q) / (to - from)));
  const buckets: Bucket[] = [];
  const sums = new Map<number, Bucket>();
  for (let start = 0; start < meters.length; start += atOnce) {
    const quarters = await read({ meters: meters.slice(start, start + atOnce), from, to });
    for (const ofMeter of byMeter(quarters)) {
      const folded = foldMeter(ofMeter, bounds, swaps.of(ofMeter[0]?.meter ?? ""));
      for (const bucket of folded)
        if (query.perMeter) buckets.push(bucket);
        else addTo(sums, bucket, meters.length);
    }
  }
  return query.perMeter ? buckets : inOrder(sums);
}

/** The sums over meters of their buckets. */
export function sumUp(buckets: readonly Bucket[], meterCount: number): Bucket[] {
  const sums = new Map<number, Bucket>();
  for (const bucket of buckets) addTo(sums, bucket, meterCount);
  return inOrder(sums);
}

const inOrder = (sums: ReadonlyMap<number, Bucket>): Bucket[] =>
  [...sums.values()].sort((a, b) => a.from - b.from);

function byMeter(quarters: readonly Quarter[]): Quarter[][] {
  const groups = new Map<string, Quarter[]>();
  for (const quarter of quarters) {
    const group = groups.get(quarter.meter);
    if (group) group.push(quarter);
    else groups.set(quarter.meter, [quarter]);
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
}

const plus = (a: number | null, b: number | null): number | null => (a === null ? b : b === null ? a : a + b);

/**
 * Adds one meter's bucket to the sum of its time: mean powers add up; the extremes of a sum cannot be known from the
 * meters' extremes, so they are null as soon as there are two meters.
 */
function addTo(sums: Map<number, Bucket>, ofMeter: Bucket, meterCount: number): void {
  const bucket = { ...ofMeter };
  delete bucket.meter;
  const sum = sums.get(bucket.from);
  const extremes = meterCount === 1 ? {} : { powerMinW: null, powerMaxW: null };
  if (!sum) {
    sums.set(bucket.from, { ...bucket, ...extremes, quarters: bucket.quarters * meterCount });
    return;
  }
  sum.importWh = plus(sum.importWh, bucket.importWh);
  sum.exportWh = plus(sum.exportWh, bucket.exportWh);
  sum.importUnallocatedWh += bucket.importUnallocatedWh;
  sum.exportUnallocatedWh += bucket.exportUnallocatedWh;
  sum.powerAvgW = plus(sum.powerAvgW, bucket.powerAvgW);
  sum.quartersSeen += bucket.quartersSeen;
  sum.readings += bucket.readings;
}
