import { SENT_MS, stillSent } from "./latest.ts";
import { latestOf, msOf } from "./questdb-read.ts";
import { lastSql, newestExtraSql, newestSql, type Tables } from "./questdb-schema.ts";
import type { Row } from "./questdb-sql.ts";
import type { QuarterRange } from "./series.ts";
import type { LatestReading } from "./store.ts";

const DAY_MS = 86_400_000;

/** The newest values of meters, those of one day together: each asks for the partitions of its last week only. */
export async function readLatest(
  query: (sql: string) => Promise<Row[]>,
  tables: Tables,
  meters: readonly string[],
): Promise<LatestReading[]> {
  const byDay = new Map<number, Row[]>();
  for (const row of await query(lastSql(tables, meters))) {
    const day = Math.floor(msOf(row["ts_us"]) / DAY_MS);
    const rows = byDay.get(day);
    if (rows) rows.push(row);
    else byDay.set(day, [row]);
  }
  const found = new Map<string, LatestReading>();
  for (const [day, rows] of byDay) {
    const range = {
      meters: rows.map((row) => String(row["meter"])),
      from: Math.max(day * DAY_MS - SENT_MS, 0),
      to: (day + 1) * DAY_MS,
    };
    for (const latest of await withRegisters(query, tables, range, rows))
      found.set(latest.meter, stillSent(latest));
  }
  return meters.flatMap((meter) => found.get(meter) ?? []);
}

/** The same of the readings of a range. */
export async function readLatestIn(
  query: (sql: string) => Promise<Row[]>,
  tables: Tables,
  range: QuarterRange,
): Promise<LatestReading[]> {
  return withRegisters(query, tables, range);
}

async function withRegisters(
  query: (sql: string) => Promise<Row[]>,
  tables: Tables,
  range: QuarterRange,
  last?: readonly Row[],
): Promise<LatestReading[]> {
  const [columnRows, extras] = await Promise.all([
    query(newestSql(tables, range)),
    query(newestExtraSql(tables, range)),
  ]);
  const columns = new Map(columnRows.map((row) => [row["meter"], row]));
  const extrasOf = new Map<unknown, Row[]>();
  for (const row of extras) {
    const own = extrasOf.get(row["meter"]);
    if (own) own.push(row);
    else extrasOf.set(row["meter"], [row]);
  }
  return (last ?? columnRows).map((row) =>
    latestOf(row, columns.get(row["meter"]), extrasOf.get(row["meter"]) ?? []),
  );
}
