import { DAY_MS, grouped } from "@smp/schemas";
import { SENT_MS, stillSent } from "./latest.ts";
import { latestOf, msOf } from "./questdb-read.ts";
import type { Asking } from "./questdb-quarters.ts";
import { lastSql, newestExtraSql, newestSql } from "./questdb-schema.ts";
import type { Row } from "./questdb-sql.ts";
import type { QuarterRange } from "./series.ts";
import type { LatestReading } from "./store.ts";

type Asked = Pick<Asking, "query" | "tables">;

/** The newest values of meters, those of one day together: each asks for the partitions of its last week only. */
export async function readLatest(asking: Asked, meters: readonly string[]): Promise<LatestReading[]> {
  const last = await asking.query(lastSql(asking.tables, meters));
  const found = new Map<string, LatestReading>();
  for (const [day, rows] of grouped(last, (row) => Math.floor(msOf(row["ts_us"]) / DAY_MS))) {
    const range = {
      meters: rows.map((row) => String(row["meter"])),
      from: Math.max(day * DAY_MS - SENT_MS, 0),
      to: (day + 1) * DAY_MS,
    };
    for (const latest of await readLatestIn(asking, range, rows)) found.set(latest.meter, stillSent(latest));
  }
  return meters.flatMap((meter) => found.get(meter) ?? []);
}

/** The same of the readings of a range; `last`: of these newest readings, which may be of a longer one. */
export async function readLatestIn(
  { query, tables }: Asked,
  range: QuarterRange,
  last?: readonly Row[],
): Promise<LatestReading[]> {
  const [columnRows, extras] = await Promise.all([
    query(newestSql(tables, range)),
    query(newestExtraSql(tables, range)),
  ]);
  const columns = new Map(columnRows.map((row) => [row["meter"], row]));
  const extrasOf = grouped(extras, (row) => row["meter"]);
  return (last ?? columnRows).map((row) =>
    latestOf(row, columns.get(row["meter"]), extrasOf.get(row["meter"]) ?? []),
  );
}
