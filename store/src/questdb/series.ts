import { DAY_MS, grouped, QUARTER_HOUR_MS } from "@smp/schemas";
import { foldMeter, type Quarter } from "../energy/energy.ts";
import { foldsOf, stretchesOfDays, stretchesOfQuarters, stretchesIn, type Stretches } from "./fold.ts";
import { dayMarks, quarterMarks, readDirty, type Quarterly } from "./marks.ts";
import { readQuarters, rolledWhere, type Asking } from "./quarters.ts";
import { knownForms } from "./sql.ts";
import {
  askTwice,
  boundsOf,
  foldSeries,
  foldSeriesAndWhole,
  inOrderOfMeters,
  sumUp,
  type QuarterRange,
} from "../energy/series.ts";
import type { Bucket, SeriesQuery } from "../store.ts";

/** Meters times quarter hours above which a query is folded by the server. */
const FOLD_IN_SQL_ABOVE = 10_000;
/** Buckets that one statement can name. */
const FOLD_BUCKETS_MAX = 2_000;
/** Days whose quarter hours are read although the others are read as days. */
const DAYS_APART_MAX = 64;
/** Meters times days of quarter hours up to which looking for neighbours is not heavy. */
const STEP_METER_DAYS_MAX = 200;

/** Whether quarter hours are read and added up here, and not by the server. */
function isFoldedHere(
  { foldInSqlAbove = FOLD_IN_SQL_ABOVE }: Asking,
  meterCount: number,
  bounds: readonly number[],
): boolean {
  const quarters = ((bounds.at(-1) ?? 0) - (bounds[0] ?? 0)) / QUARTER_HOUR_MS;
  return meterCount * quarters <= foldInSqlAbove || bounds.length > FOLD_BUCKETS_MAX;
}

/** The same, and all the time as one bucket: of a small query from quarter hours that are read once. */
export async function readSeriesAndWhole(
  asking: Asking,
  series: SeriesQuery,
): Promise<{ buckets: Bucket[]; whole: Bucket[] }> {
  if (!isFoldedHere(asking, knownForms(series.meters).length, boundsOf(series)))
    return askTwice(series, (each) => readSeries(asking, each));
  return foldSeriesAndWhole(series, (range) => readQuarters(asking, range), asking.swaps);
}

export async function readSeries(asking: Asking, series: SeriesQuery): Promise<Bucket[]> {
  const bounds = boundsOf(series);
  const meters = knownForms(series.meters);
  const [first, last] = [bounds[0], bounds.at(-1)];
  if (first === undefined || last === undefined || meters.length === 0) return [];
  const inTypeScript = (some: readonly string[], perMeter: boolean): Promise<Bucket[]> =>
    foldSeries({ ...series, meters: some, perMeter }, (range) => readQuarters(asking, range), asking.swaps);
  if (isFoldedHere(asking, meters.length, bounds)) return inTypeScript(series.meters, series.perMeter);

  // One quarter hour more: it ends the difference that the last one begins.
  const to = last + QUARTER_HOUR_MS;
  const dirty = await readDirty(asking.query, quarterMarks(asking.tables), { meters, from: first, to });
  const { since, apart } = cleanUntil(dirty, to);
  const together = meters.filter((meter) => !apart.has(meter));
  const buckets = await foldLong(asking, { meters: together, from: first, to }, { since, bounds });
  if (apart.size > 0) buckets.push(...(await inTypeScript([...apart], true)));
  return series.perMeter ? inOrderOfMeters(buckets) : sumUp(buckets, new Set(series.meters).size);
}

/** Until when all is rolled up, but for the meters whose dirty quarter hours are older than a day. */
function cleanUntil(dirty: readonly Quarterly[], to: number): { since: number; apart: Set<string> } {
  const newest = dirty.at(-1)?.from ?? to;
  const [old, recent] = [
    dirty.filter(({ from }) => from < newest - DAY_MS),
    dirty.filter(({ from }) => from >= newest - DAY_MS),
  ];
  return { since: recent[0]?.from ?? to, apart: new Set(old.map(({ meter }) => meter)) };
}

/** The server adds up what is rolled up; what comes after, and between, is added here. */
async function foldLong(
  asking: Asking,
  range: QuarterRange,
  { since, bounds }: { since: number; bounds: readonly number[] },
): Promise<Bucket[]> {
  const { from, to } = range;
  // Of meters that were deleted once there are no days.
  const deleted = range.meters.filter((meter) => asking.deletedBefore(meter) > 0);
  const others = range.meters.filter((meter) => asking.deletedBefore(meter) === 0);
  const added = async (meters: readonly string[], stretches: () => Promise<Stretches>): Promise<Quarter[]> =>
    meters.length > 0 && from < since
      ? readAdded(asking, { meters, from, to: since }, await stretches())
      : [];
  const quarters = [
    await added(deleted, async () => stretchesOfQuarters(bounds, since)),
    await added(others, async () => stretchesOf(asking, { meters: others, from, to: since }, bounds)),
    since < to && range.meters.length > 0
      ? await readQuarters(asking, { ...range, from: Math.max(from, since) })
      : [],
  ].flat();
  return [...grouped(quarters, ({ meter }) => meter)].flatMap(([meter, ofMeter]) =>
    foldMeter(ofMeter, bounds, asking.swaps.of(meter)),
  );
}

/** Days where they help. They are asked for after the marks of quarter hours: what is done of those, is marked by then. */
async function stretchesOf(
  asking: Asking,
  { meters, from, to }: QuarterRange,
  bounds: readonly number[],
): Promise<Stretches> {
  const cut = new Set(bounds.flatMap((bound) => (bound % DAY_MS === 0 ? [] : Math.floor(bound / DAY_MS))));
  if (cut.size <= DAYS_APART_MAX && (to - from) / DAY_MS > cut.size + 1) {
    const start = Math.floor(from / DAY_MS) * DAY_MS;
    const dirty = await readDirty(asking.query, dayMarks(asking.tables), { meters, from: start, to });
    const apart = new Set(dirty.map((day) => day.from / DAY_MS));
    const swapped = new Set(asking.swaps.within(meters, from, to).map(({ at }) => Math.floor(at / DAY_MS)));
    if (apart.size <= DAYS_APART_MAX) return stretchesOfDays(bounds, to, { apart, swapped });
  }
  return stretchesOfQuarters(bounds, to);
}

/** Each meter's stretches, in order of time. */
async function readAdded(asking: Asking, range: QuarterRange, stretches: Stretches): Promise<Quarter[]> {
  const fold = {
    where: rolledWhere(range, asking),
    stretches,
    swaps: asking.swaps.within(range.meters, range.from, range.to),
  };
  // Of cut days that their rows tell, few quarter hours are looked at one by one: beside the others, not after them.
  const { inQuarters, cutDays } = stretches;
  const isShort =
    inQuarters !== undefined &&
    range.meters.length * (inQuarters.length - cutDays.length) <= STEP_METER_DAYS_MAX;
  const found = await Promise.all(
    foldsOf(asking.tables, fold).map(async ({ isHeavy, ...asked }) => {
      const [sums, steps, days] = await Promise.all([
        asking.query(asked.sums, isHeavy),
        asking.query(asked.steps, isHeavy && !isShort),
        asked.days === undefined ? [] : asking.query(asked.days),
      ]);
      return stretchesIn({ sums, steps, days }, isHeavy ? stretches : { ...stretches, cutDays: [] });
    }),
  );
  if (found.includes(undefined)) return readAdded(asking, range, { ...stretches, cutDays: [] });
  return found.flatMap((quarters) => quarters ?? []).sort((a, b) => a.from - b.from);
}
