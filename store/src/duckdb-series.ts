import type { DuckDBConnection } from "@duckdb/node-api";
import { QUARTER_HOUR_MS } from "@smp/schemas";
import { columnsOf } from "./duckdb-open.ts";
import type { Bucket } from "./store.ts";

const Q = QUARTER_HOUR_MS;

/** Buckets that a tree of comparisons tells apart faster than a join does. */
const TREE_BUCKETS_MAX = 400;

export interface Fold {
  meters: readonly number[];
  meterCount: number;
  bounds: readonly number[];
  perMeter: boolean;
}

/** What `leaf` gives for the bucket of the quarter hour `b`, as a tree of comparisons. */
function tree(
  bounds: readonly number[],
  leaf: (bucket: number) => number,
  first: number,
  last: number,
): string {
  if (first === last) return String(leaf(first));
  const middle = (first + last) >> 1;
  return `CASE WHEN b < ${Math.ceil((bounds[middle + 1] ?? 0) / Q)} THEN ${tree(bounds, leaf, first, middle)} ELSE ${tree(bounds, leaf, middle + 1, last)} END`;
}

/** The meters' quarter hours with their bucket `k`, which ends at `k_to`. */
function placedSql({ meters, bounds }: Fold): string {
  const from = Math.floor((bounds[0] ?? 0) / Q);
  const to = Math.ceil((bounds.at(-1) ?? 0) / Q);
  const where = `meter IN (${meters.join(", ")}) AND quarters.b >= ${from} AND quarters.b < ${to}`;
  const last = bounds.length - 2;
  if (last < TREE_BUCKETS_MAX)
    return `SELECT *, ${tree(bounds, (k) => k, 0, last)} AS k, ${tree(bounds, (k) => bounds[k + 1] ?? 0, 0, last)} AS k_to FROM quarters WHERE ${where}`;
  // As text: thousands of literals would cost more to parse than the query takes.
  const list = (numbers: readonly number[]): string =>
    `unnest(string_split('${numbers.join(",")}', ',')::BIGINT[])`;
  return `
    SELECT quarters.*, k, k_to FROM quarters JOIN (
      SELECT slot.b::INTEGER AS b, k, k_to FROM range(${from}, ${to}) slot(b)
      ASOF JOIN (SELECT ${list(bounds.slice(0, -1).map((_, k) => k))} AS k, ${list(bounds.slice(0, -1))} AS k_from, ${list(bounds.slice(1))} AS k_to) buckets
        ON slot.b * ${Q} >= buckets.k_from) slots ON quarters.b = slots.b
    WHERE ${where}`;
}

/** The next quarter hour with the counter follows at once. */
const follows = (name: string): string => `${name}_next_ms < (b + 2)::BIGINT * ${Q}`;

/** The energy rule of energy.ts on rolled-up quarter hours, but for what passed in gaps. */
const energy = (name: string): string =>
  `sum(CASE WHEN ${follows(name)} THEN coalesce(${name}_gained, 0) + ${name}_next ELSE ${name}_gained END) AS ${name}_wh`;

const bucketsSql = (fold: Fold): string => `
  SELECT meter, k, ${energy("imp")}, ${energy("exp")}, sum(p_sum) / nullif(sum(p_n), 0) AS p_avg,
    min(p_min) AS p_min, max(p_max) AS p_max, count(*) AS seen, sum(n) AS n
  FROM (${placedSql(fold)}) GROUP BY meter, k`;

/** What passed in gaps that lie wholly in a bucket; few rows have any, so that the others need not be asked. */
const unallocated = (name: string): string =>
  `sum(CASE WHEN NOT ${follows(name)} AND ${name}_next_ms <= k_to THEN ${name}_next END) AS ${name}_gap`;
const gapsSql = (fold: Fold): string => `
  SELECT meter, k, ${unallocated("imp")}, ${unallocated("exp")}
  FROM (${placedSql(fold)}) WHERE NOT ${follows("imp")} OR NOT ${follows("exp")} GROUP BY meter, k`;

const plus = (a: string, b: string): string =>
  `CASE WHEN ${a} IS NULL THEN ${b} ELSE ${a} + coalesce(${b}, 0) END`;

function foldSql(fold: Fold): string {
  const perMeter = `
    SELECT meter, k, ${plus("imp_wh", "imp_gap")} AS imp_wh, imp_gap, ${plus("exp_wh", "exp_gap")} AS exp_wh, exp_gap,
      p_avg, p_min, p_max, seen, n
    FROM (${bucketsSql(fold)}) LEFT JOIN (${gapsSql(fold)}) USING (meter, k)`;
  if (fold.perMeter) return perMeter;
  return `
    SELECT NULL, k, sum(imp_wh), sum(imp_gap), sum(exp_wh), sum(exp_gap), sum(p_avg),
      ${fold.meterCount === 1 ? "min(p_min), max(p_max)" : "NULL, NULL"}, sum(seen), sum(n)
    FROM (${perMeter}) GROUP BY k`;
}

/** Buckets of quarter hours that are all rolled up. */
export async function foldInSql(
  connection: DuckDBConnection,
  fold: Fold,
  nameOf: (id: number) => string,
): Promise<Bucket[]> {
  const columns = await columnsOf(
    connection,
    `SELECT COLUMNS(*)::DOUBLE FROM (${foldSql(fold)}) ORDER BY 1, 2`,
  );
  const buckets = (columns[0] ?? []).map((meter, row) => {
    const cell = (column: number): number | null => (columns[column]?.[row] ?? null) as number | null;
    const k = cell(1) ?? 0;
    const [from = 0, to = 0] = fold.bounds.slice(k, k + 2);
    const bucket: Bucket = {
      from,
      to,
      importWh: cell(2),
      exportWh: cell(4),
      importUnallocatedWh: cell(3) ?? 0,
      exportUnallocatedWh: cell(5) ?? 0,
      powerAvgW: cell(6),
      powerMinW: cell(7),
      powerMaxW: cell(8),
      quartersSeen: cell(9) ?? 0,
      quarters: ((to - from) / Q) * (fold.perMeter ? 1 : fold.meterCount),
      readings: cell(10) ?? 0,
    };
    if (meter !== null) bucket.meter = nameOf(Number(meter));
    return bucket;
  });
  // Stable: within a meter the order of time stays.
  return fold.perMeter
    ? buckets.sort((a, b) => ((a.meter ?? "") < (b.meter ?? "") ? -1 : a.meter === b.meter ? 0 : 1))
    : buckets;
}
