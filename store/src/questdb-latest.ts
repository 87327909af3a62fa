import { latestOf, msOf } from "./questdb-read.ts";
import { lastSql, newestExtraSql, newestSql, type Tables } from "./questdb-schema.ts";
import type { Row } from "./questdb-sql.ts";
import type { LatestReading } from "./store.ts";

const DAY_MS = 86_400_000;
/** The newest value of a register is looked for so long before its meter's newest reading. */
const NEWEST_MS = 7 * DAY_MS;

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
      from: Math.max(day * DAY_MS - NEWEST_MS, 0),
      to: (day + 1) * DAY_MS,
    };
    const columns = new Map((await query(newestSql(tables, range))).map((row) => [row["meter"], row]));
    const extras = await query(newestExtraSql(tables, range));
    for (const last of rows) {
      const { meter } = last;
      found.set(
        String(meter),
        latestOf(
          last,
          columns.get(meter),
          extras.filter((row) => row["meter"] === meter),
        ),
      );
    }
  }
  return meters.flatMap((meter) => found.get(meter) ?? []);
}
