import { DAY_MS, grouped } from "@smp/schemas";
import { SENT_MS, stillSent } from "../latest.ts";
import { latestOf, msOf } from "./read.ts";
import type { Asking } from "./quarters.ts";
import { hasExtras, lastSql, newestExtraSql, newestSql } from "./schema.ts";
import type { Row } from "./sql.ts";
import type { QuarterRange } from "../energy/series.ts";
import type { LatestReading } from "../store.ts";

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
    for (const latest of await readLatestIn(asking, range, { last: rows }))
      found.set(latest.meter, stillSent(latest));
  }
  return meters.flatMap((meter) => found.get(meter) ?? []);
}

interface Within {
  /** Newest readings, which may be of a longer range. */
  last?: readonly Row[];
  /** Registers; meters that sent others too are left out. */
  codes?: ReadonlySet<string>;
}

/** The same of the readings of a range. */
export async function readLatestIn(
  { query, tables }: Asked,
  range: QuarterRange,
  { last, codes }: Within = {},
): Promise<LatestReading[]> {
  const [columnRows, extras] = await Promise.all([
    query(newestSql(tables, range, codes)),
    hasExtras(codes) ? query(newestExtraSql(tables, range)) : [],
  ]);
  const columns = new Map(columnRows.map((row) => [row["meter"], row]));
  const extrasOf = grouped(extras, (row) => row["meter"]);
  return (last ?? columnRows.filter(({ others = 0 }) => others === 0)).map((row) =>
    latestOf(row, columns.get(row["meter"]), extrasOf.get(row["meter"]) ?? []),
  );
}
