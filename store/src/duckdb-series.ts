import type { DuckDBConnection } from "@duckdb/node-api";
import { QUARTER_HOUR_MS } from "@smp/schemas";
import { columnsOf } from "./duckdb-open.ts";
import type { Bucket } from "./store.ts";

const Q = QUARTER_HOUR_MS;

/** The next quarter hour follows at once; or the whole gap up to it lies in the bucket. */
const follows = (name: string): string => `${name}_next_ms < (quarters.b + 2)::BIGINT * ${Q}`;
const held = (name: string): string => `${name}_next_ms <= k_to`;

/** The energy rule of energy.ts on rolled-up quarter hours, for ranges too long to be folded outside of the database. */
const counterSums = (name: string): string => `
  CASE WHEN count(*) FILTER (${name}_gained IS NOT NULL OR ${follows(name)} OR ${held(name)}) > 0
    THEN sum(coalesce(${name}_gained, 0) + CASE WHEN ${follows(name)} OR ${held(name)} THEN ${name}_next ELSE 0 END) END AS ${name}_wh,
  sum(CASE WHEN NOT ${follows(name)} AND ${held(name)} THEN ${name}_next ELSE 0 END) AS ${name}_unallocated`;

const perMeterSql = (meters: readonly number[], bounds: readonly number[]): string => {
  const from = Math.floor((bounds[0] ?? 0) / Q);
  const to = Math.ceil((bounds.at(-1) ?? 0) / Q);
  return `
    WITH bounds AS (SELECT unnest(string_split($1, ',')::BIGINT[]) AS k_from, unnest(string_split($2, ',')::BIGINT[]) AS k_to),
    slots AS MATERIALIZED (
      SELECT slot.b::INTEGER AS b, k_from, k_to FROM range(${from}, ${to}) slot(b) ASOF JOIN bounds ON slot.b * ${Q} >= bounds.k_from)
    SELECT meter, k_from, k_to, ${counterSums("imp")}, ${counterSums("exp")},
      sum(p_sum) / nullif(sum(p_n), 0) AS p_avg, min(p_min) AS p_min, max(p_max) AS p_max, count(*) AS seen, sum(n) AS n
    FROM quarters JOIN slots ON quarters.b = slots.b
    WHERE meter IN (${meters.join(", ")}) AND quarters.b >= ${from} AND quarters.b < ${to}
    GROUP BY meter, k_from, k_to`;
};

const summedSql = (sql: string, meterCount: number): string => `
  SELECT NULL, k_from, k_to, sum(imp_wh), sum(imp_unallocated), sum(exp_wh), sum(exp_unallocated), sum(p_avg),
    ${meterCount === 1 ? "min(p_min), max(p_max)" : "NULL, NULL"}, sum(seen), sum(n)
  FROM (${sql}) GROUP BY k_from, k_to`;

/** Buckets of quarter hours that are all rolled up. */
export async function foldInSql(
  connection: DuckDBConnection,
  query: { meters: readonly number[]; meterCount: number; bounds: readonly number[]; perMeter: boolean },
  nameOf: (id: number) => string,
): Promise<Bucket[]> {
  const perMeter = perMeterSql(query.meters, query.bounds);
  const sql = query.perMeter ? perMeter : summedSql(perMeter, query.meterCount);
  // As text: thousands of literals would cost more to parse than the query takes.
  const columns = await columnsOf(connection, `SELECT COLUMNS(*)::DOUBLE FROM (${sql}) ORDER BY 1, 2`, [
    query.bounds.slice(0, -1).join(","),
    query.bounds.slice(1).join(","),
  ]);
  const buckets = (columns[0] ?? []).map((meter, row) => {
    const cell = (column: number): number | null => (columns[column]?.[row] ?? null) as number | null;
    const from = cell(1) ?? 0;
    const to = cell(2) ?? 0;
    const bucket: Bucket = {
      from,
      to,
      importWh: cell(3),
      exportWh: cell(5),
      importUnallocatedWh: cell(4) ?? 0,
      exportUnallocatedWh: cell(6) ?? 0,
      powerAvgW: cell(7),
      powerMinW: cell(8),
      powerMaxW: cell(9),
      quartersSeen: cell(10) ?? 0,
      quarters: ((to - from) / Q) * (query.perMeter ? 1 : query.meterCount),
      readings: cell(11) ?? 0,
    };
    if (meter !== null) bucket.meter = nameOf(Number(meter));
    return bucket;
  });
  // Stable: within a meter the order of time stays.
  return query.perMeter
    ? buckets.sort((a, b) => ((a.meter ?? "") < (b.meter ?? "") ? -1 : a.meter === b.meter ? 0 : 1))
    : buckets;
}
