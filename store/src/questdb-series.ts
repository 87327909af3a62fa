import { QUARTER_HOUR_MS } from "@smp/schemas";
import type { Quarter } from "./energy.ts";
import { bucketOf, FOLD_BUCKETS_MAX, foldSql } from "./questdb-fold.ts";
import { quarterOf } from "./questdb-read.ts";
import { countsSql, quartersSql, type Tables } from "./questdb-schema.ts";
import { timeLiteral, type Row } from "./questdb-sql.ts";
import { boundsOf, foldSeries, sumUp, type QuarterRange } from "./series.ts";
import type { Bucket, SeriesQuery } from "./store.ts";
import { isMeterId, segmentSql, type Swaps } from "./swaps.ts";

const DAY_MS = 86_400_000;
/** Meters times quarter hours above which a query is folded by the server. */
const FOLD_IN_SQL_ABOVE = 10_000;
/** Meters times days above which a query is heavy. */
const HEAVY_METER_DAYS = 31;

/** What the questions need: the server, the tables, and when meters were exchanged. */
export interface Asking {
  query: (sql: string, heavy: boolean) => Promise<Row[]>;
  tables: Tables;
  swaps: Swaps;
  /** Instead of FOLD_IN_SQL_ABOVE. */
  foldInSqlAbove?: number | undefined;
}

/** Ids that can be meters at all; others have no readings, and must not get into SQL. */
export const knownForms = (meters: readonly string[]): string[] => [...new Set(meters)].filter(isMeterId);

const segmentIn = ({ meters, from, to }: QuarterRange, swaps: Swaps): string =>
  segmentSql(swaps.within(meters, from, to), (meter) => `'${meter}'`, timeLiteral);

/** Quarter hours in order of meter and time. */
export async function readQuarters(
  { query, tables, swaps }: Asking,
  range: QuarterRange,
): Promise<Quarter[]> {
  const meters = knownForms(range.meters);
  if (meters.length === 0) return [];
  const heavy = (meters.length * (range.to - range.from)) / DAY_MS > HEAVY_METER_DAYS;
  const sql = quartersSql(tables, { ...range, meters }, segmentIn(range, swaps));
  return (await query(sql, heavy)).map(quarterOf);
}

export async function readSeries(asking: Asking, series: SeriesQuery): Promise<Bucket[]> {
  const { query, tables, swaps, foldInSqlAbove = FOLD_IN_SQL_ABOVE } = asking;
  const bounds = boundsOf(series);
  const meters = knownForms(series.meters);
  const [first, last] = [bounds[0], bounds.at(-1)];
  if (first === undefined || last === undefined || meters.length === 0) return [];
  const quarters = (last - first) / QUARTER_HOUR_MS;
  if (meters.length * quarters <= foldInSqlAbove || bounds.length > FOLD_BUCKETS_MAX)
    return foldSeries(series, (range) => readQuarters(asking, range), swaps);
  // One quarter hour more: it ends the difference that the last one begins.
  const range = { meters, from: first, to: last + QUARTER_HOUR_MS };
  const sql = foldSql(countsSql(tables, range, segmentIn(range, swaps)), bounds);
  const buckets = (await query(sql, true)).map((row) => bucketOf(row, bounds));
  return series.perMeter ? buckets : sumUp(buckets, new Set(series.meters).size);
}
