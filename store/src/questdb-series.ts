import { QUARTER_HOUR_MS } from "@smp/schemas";
import { foldMeter, type Counted, type CountedBucket, type Quarter } from "./energy.ts";
import { countedOf, FOLD_BUCKETS_MAX, foldSql } from "./questdb-fold.ts";
import { readDirty, type Quarterly } from "./questdb-marks.ts";
import { knownForms, readQuarters, rolledWhere, type Asking } from "./questdb-quarters.ts";
import { counterOf } from "./questdb-read.ts";
import { numberOf, type Row } from "./questdb-sql.ts";
import { boundsOf, foldSeries, sumUp, type QuarterRange } from "./series.ts";
import type { Bucket, SeriesQuery } from "./store.ts";

const DAY_MS = 86_400_000;
/** Meters times quarter hours above which a query is folded by the server. */
const FOLD_IN_SQL_ABOVE = 10_000;

export async function readSeries(asking: Asking, series: SeriesQuery): Promise<Bucket[]> {
  const bounds = boundsOf(series);
  const meters = knownForms(series.meters);
  const [first, last] = [bounds[0], bounds.at(-1)];
  if (first === undefined || last === undefined || meters.length === 0) return [];
  const inTypeScript = (some: readonly string[], perMeter: boolean): Promise<Bucket[]> =>
    foldSeries({ ...series, meters: some, perMeter }, (range) => readQuarters(asking, range), asking.swaps);
  const quarters = (last - first) / QUARTER_HOUR_MS;
  const { foldInSqlAbove = FOLD_IN_SQL_ABOVE } = asking;
  if (meters.length * quarters <= foldInSqlAbove || bounds.length > FOLD_BUCKETS_MAX)
    return inTypeScript(series.meters, series.perMeter);

  // One quarter hour more: it ends the difference that the last one begins.
  const to = last + QUARTER_HOUR_MS;
  const dirty = await readDirty((sql) => asking.query(sql, false), asking.tables, {
    meters,
    from: first,
    to,
  });
  const { since, apart } = cleanUntil(dirty, to);
  const together = meters.filter((meter) => !apart.has(meter));
  const buckets = await foldLong(asking, { meters: together, from: first, to }, { since, bounds });
  if (apart.size > 0) buckets.push(...(await inTypeScript([...apart], true)));
  return series.perMeter
    ? buckets.sort((a, b) => ((a.meter ?? "") < (b.meter ?? "") ? -1 : a.meter === b.meter ? 0 : 1))
    : sumUp(buckets, new Set(series.meters).size);
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

/** The server counts what is rolled up; what comes after is added here. */
async function foldLong(
  asking: Asking,
  { meters, from, to }: QuarterRange,
  { since, bounds }: { since: number; bounds: readonly number[] },
): Promise<Bucket[]> {
  if (meters.length === 0) return [];
  const { tables, swaps } = asking;
  const where = rolledWhere({ meters, from, to: since }, asking);
  const fold = { where, table: tables.quarters, bounds, swaps: swaps.within(meters, from, to) };
  const rows = from < since ? await asking.query(foldSql(fold), true) : [];
  const counted = new Map<string, Map<number, CountedBucket>>();
  for (const row of rows) {
    const meter = String(row["meter"]);
    const ofMeter = counted.get(meter) ?? new Map<number, CountedBucket>();
    counted.set(meter, ofMeter.set(numberOf(row["k"]) ?? 0, countedOf(row)));
  }
  const isWhole = since >= to;
  const last = async (name: "imp" | "exp"): Promise<Map<unknown, Row>> => {
    if (isWhole || from >= since) return new Map();
    const sql = `SELECT * FROM ${tables.quarters} ${where} AND ${name}_first IS NOT NULL LATEST ON ts PARTITION BY meter`;
    return new Map((await asking.query(sql, false)).map((row) => [row["meter"], row]));
  };
  const [imported, exported] = [await last("imp"), await last("exp")];
  const tail = new Map<string, Quarter[]>();
  if (!isWhole)
    for (const quarter of await readQuarters(asking, { meters, from: Math.max(from, since), to })) {
      const ofMeter = tail.get(quarter.meter);
      if (ofMeter) ofMeter.push(quarter);
      else tail.set(quarter.meter, [quarter]);
    }
  return meters.flatMap((meter) => {
    const start: Counted = {
      meter,
      imported: counterOf(imported.get(meter) ?? {}, "imp"),
      exported: counterOf(exported.get(meter) ?? {}, "exp"),
      buckets: counted.get(meter) ?? new Map<number, CountedBucket>(),
    };
    return foldMeter(tail.get(meter) ?? [], bounds, swaps.of(meter), start);
  });
}
