import { QUARTER_HOUR_MS } from "@smp/schemas";
import { foldBucketings } from "./fold.ts";
import type { Opened } from "./opened.ts";
import { readQuarters } from "./quarters.ts";
import type { Quarter } from "../energy/energy.ts";
import { boundsOf, foldSeries, foldSeriesAndWhole, wholeOf, type QuarterRange } from "../energy/series.ts";
import type { Bucket, SeriesQuery } from "../store.ts";

/** Answers a series query: a large one in SQL, a small one from its quarter hours, which takes less time. */
export async function readSeries(state: Opened, query: SeriesQuery): Promise<Bucket[]> {
  const folded = await foldLarge(state, query, [boundsOf(query)]);
  if (folded) return folded[0] ?? [];
  return foldSeries(query, (range) => quartersOf(state, range), state.swaps);
}

/** The same, and all the time as one bucket. */
export async function readSeriesAndWhole(
  state: Opened,
  query: SeriesQuery,
): Promise<{ buckets: Bucket[]; whole: Bucket[] }> {
  const bounds = boundsOf(query);
  const folded = await foldLarge(state, query, [bounds, wholeOf(bounds)]);
  if (folded) return { buckets: folded[0] ?? [], whole: folded[1] ?? [] };
  return foldSeriesAndWhole(query, (range) => quartersOf(state, range), state.swaps);
}

/** A query that is large, folded by the database into buckets of several bounds; undefined: it is small. */
async function foldLarge(
  state: Opened,
  query: SeriesQuery,
  bucketings: readonly number[][],
): Promise<Bucket[][] | undefined> {
  const meters = [...new Set(query.meters)];
  const ids = meters.flatMap((meter) => state.names.id(meter) ?? []);
  const [first = 0, last = 0] = wholeOf(bucketings[0] ?? []);
  const size = (ids.length * (last - first)) / QUARTER_HOUR_MS;
  if (size === 0) return [];
  if (size <= state.foldInSqlAbove) return undefined;
  return foldBucketings(state, { ids, meterCount: meters.length, perMeter: query.perMeter }, bucketings);
}

async function quartersOf(state: Opened, { meters, from, to }: QuarterRange): Promise<Quarter[]> {
  const ids = meters.flatMap((meter) => state.names.id(meter) ?? []);
  const range = { meters: ids, from: from / QUARTER_HOUR_MS, to: to / QUARTER_HOUR_MS };
  await state.upkeep.rollUpFor(ids);
  return readQuarters(state, range);
}
