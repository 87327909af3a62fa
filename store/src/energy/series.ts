import { bucketBounds, grouped, QUARTER_HOUR_MS as Q } from "@smp/schemas";
import { foldMeter, wholeQuarters, type Quarter } from "./energy.ts";
import type { Bucket, SeriesQuery } from "../store.ts";
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
  const whole = wholeQuarters({ from, to });
  return from < to ? [whole.from, whole.to] : [];
}

/** Reads quarter hours, each meter's in order of time. */
type ReadQuarters = (range: QuarterRange) => Promise<readonly Quarter[]>;

/** Answers a series query from quarter hours. */
export async function foldSeries(query: SeriesQuery, read: ReadQuarters, swaps: Swaps): Promise<Bucket[]> {
  const [buckets = []] = await foldEach([boundsOf(query)], query, read, swaps);
  return buckets;
}

/** The bounds of all buckets' time as one. */
export const wholeOf = (bounds: readonly number[]): number[] =>
  bounds.length === 0 ? [] : [bounds[0] ?? 0, bounds.at(-1) ?? 0];

/** The same, and all the time as one bucket, from quarter hours that are read once. */
export async function foldSeriesAndWhole(
  query: SeriesQuery,
  read: ReadQuarters,
  swaps: Swaps,
): Promise<{ buckets: Bucket[]; whole: Bucket[] }> {
  const bounds = boundsOf(query);
  const [buckets = [], whole = []] = await foldEach([bounds, wholeOf(bounds)], query, read, swaps);
  return { buckets, whole };
}

/** The same, by one query after the other. */
export async function askTwice(
  query: SeriesQuery,
  series: (query: SeriesQuery) => Promise<Bucket[]>,
): Promise<{ buckets: Bucket[]; whole: Bucket[] }> {
  const [from, to] = wholeOf(boundsOf(query));
  if (from === undefined || to === undefined) return { buckets: [], whole: [] };
  return { buckets: await series(query), whole: await series({ ...query, from, to, resolution: "range" }) };
}

/** Folds the meters' quarter hours into buckets of several bounds, which begin and end together. */
async function foldEach(
  bucketings: readonly (readonly number[])[],
  query: Pick<SeriesQuery, "meters" | "perMeter">,
  read: ReadQuarters,
  swaps: Swaps,
): Promise<Bucket[][]> {
  const [first, last] = [bucketings[0]?.[0], bucketings[0]?.at(-1)];
  if (first === undefined || last === undefined) return [];
  const whole = wholeQuarters({ from: first, to: last });
  // One quarter hour more: it ends the difference that the last one begins.
  const [from, to] = [whole.from, whole.to + Q];
  const meters = [...new Set(query.meters)].sort();
  const atOnce = Math.max(1, Math.floor((QUARTERS_AT_ONCE * Q) / (to - from)));
  const found = bucketings.map((bounds) => ({
    bounds,
    buckets: [] as Bucket[],
    sums: new Map<number, Bucket>(),
  }));
  for (let start = 0; start < meters.length; start += atOnce) {
    const quarters = await read({ meters: meters.slice(start, start + atOnce), from, to });
    const byMeter = [...grouped(quarters, (quarter) => quarter.meter)].sort(([a], [b]) => (a < b ? -1 : 1));
    for (const [meter, ofMeter] of byMeter)
      for (const { bounds, buckets, sums } of found)
        for (const bucket of foldMeter(ofMeter, bounds, swaps.of(meter)))
          if (query.perMeter) buckets.push(bucket);
          else addTo(sums, bucket, meters.length);
  }
  return found.map(({ buckets, sums }) => (query.perMeter ? buckets : inOrder(sums)));
}

/** The sums over meters of their buckets. */
export function sumUp(buckets: readonly Bucket[], meterCount: number): Bucket[] {
  const sums = new Map<number, Bucket>();
  for (const bucket of buckets) addTo(sums, bucket, meterCount);
  return inOrder(sums);
}

const inOrder = (sums: ReadonlyMap<number, Bucket>): Bucket[] =>
  [...sums.values()].sort((a, b) => a.from - b.from);

/** Sorts one meter's buckets after the other's; within a meter the order stays. */
export const inOrderOfMeters = (buckets: Bucket[]): Bucket[] =>
  buckets.sort(({ meter: a = "" }, { meter: b = "" }) => (a < b ? -1 : a === b ? 0 : 1));

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
