import type { DuckDBConnection } from "@duckdb/node-api";
import { DAY_MS, QUARTER_HOUR_MS as Q } from "@smp/schemas";
import { DAY_QUARTERS, energySql, followsSql, gapSql } from "./days.ts";
import { cellOf, doublesSql, numbersOf } from "./numbers.ts";
import type { Opened } from "./opened.ts";
import { inOrderOfMeters } from "../energy/series.ts";
import type { Bucket } from "../store.ts";

/** Buckets that a tree of comparisons tells apart faster than a join does. */
const TREE_BUCKETS_MAX = 400;
/** Days that bounds may cut, each of which is a part of the query. */
const CUT_DAYS_MAX = 64;

interface Fold {
  meters: readonly number[];
  meterCount: number;
  bounds: readonly number[];
  perMeter: boolean;
}

/** What `leaf` gives for the bucket of the quarter hour `b`, as a tree of comparisons. */
function tree(
  bounds: readonly number[],
  leaf: (bucket: number) => number,
  b: string,
  [first, last]: readonly [number, number] = [0, bounds.length - 2],
): string {
  if (first === last) return String(leaf(first));
  const middle = (first + last) >> 1;
  const [before, after] = [tree(bounds, leaf, b, [first, middle]), tree(bounds, leaf, b, [middle + 1, last])];
  return `CASE WHEN ${b} < ${Math.ceil((bounds[middle + 1] ?? 0) / Q)} THEN ${before} ELSE ${after} END`;
}

const rangeOf = ({ bounds }: Fold): { from: number; to: number } => ({
  from: Math.floor((bounds[0] ?? 0) / Q),
  to: Math.ceil((bounds.at(-1) ?? 0) / Q),
});

/** The meters' quarter hours, of `source`, with their bucket `k`, which ends at `k_to`. */
function placedSql(fold: Fold, source: string): string {
  const { meters, bounds } = fold;
  const { from, to } = rangeOf(fold);
  const where = `meter IN (${meters.join(", ")}) AND quarters.b >= ${from} AND quarters.b < ${to}`;
  if (bounds.length - 2 < TREE_BUCKETS_MAX)
    return `SELECT *, ${tree(bounds, (k) => k, "b")} AS k, ${tree(bounds, (k) => bounds[k + 1] ?? 0, "b")} AS k_to FROM ${source} WHERE ${where}`;
  // As text: thousands of literals would cost more to parse than the query takes.
  const list = (numbers: readonly number[]): string =>
    `unnest(string_split('${numbers.join(",")}', ',')::BIGINT[])`;
  return `
    SELECT quarters.*, k, k_to FROM ${source} JOIN (
      SELECT slot.b::INTEGER AS b, k, k_to FROM range(${from}, ${to}) slot(b)
      ASOF JOIN (SELECT ${list(bounds.slice(0, -1).map((_, k) => k))} AS k, ${list(bounds.slice(0, -1))} AS k_from, ${list(bounds.slice(1))} AS k_to) buckets
        ON slot.b * ${Q} >= buckets.k_from) slots ON quarters.b = slots.b
    WHERE ${where}`;
}

const PARTS = "seen, n, imp_wh, exp_wh, p_sum, p_n, p_min, p_max";
const quarterParts = (placed: string): string =>
  `SELECT meter, k, 1 AS seen, n, ${energySql("imp")} AS imp_wh, ${energySql("exp")} AS exp_wh, p_sum, p_n, p_min, p_max FROM ${placed}`;

/** What the buckets add up: quarter hours, or for long buckets whole days, and quarter hours only of days that a bound cuts. */
function partsSql(fold: Fold): string {
  const { meters, bounds } = fold;
  const { from, to } = rangeOf(fold);
  const cut = new Set(bounds.flatMap((bound) => (bound % DAY_MS === 0 ? [] : Math.floor(bound / DAY_MS))));
  const [first, end] = [Math.floor(from / DAY_QUARTERS), Math.ceil(to / DAY_QUARTERS)];
  if (cut.size > CUT_DAYS_MAX || end - first < 2 * cut.size || bounds.length - 2 >= TREE_BUCKETS_MAX)
    return quarterParts(`(${placedSql(fold, "quarters")})`);
  const within = `meter IN (${meters.join(", ")})`;
  const whole = `
    SELECT meter, ${tree(bounds, (k) => k, `d * ${DAY_QUARTERS}`)} AS k, ${PARTS} FROM days
    WHERE ${within} AND d >= ${first} AND d < ${end} ${cut.size > 0 ? `AND d NOT IN (${[...cut].join(", ")})` : ""}`;
  // Each by itself: of a list of ranges the database would look at every quarter hour.
  const edges = [...cut].map((day) => {
    const [start, stop] = [Math.max(from, day * DAY_QUARTERS), Math.min(to, (day + 1) * DAY_QUARTERS)];
    return quarterParts(
      `(SELECT *, ${tree(bounds, (k) => k, "b")} AS k FROM quarters WHERE ${within} AND b >= ${start} AND b < ${stop})`,
    );
  });
  return [whole, ...edges].join(" UNION ALL ");
}

const bucketsSql = (fold: Fold): string => `
  SELECT meter, k, sum(imp_wh) AS imp_wh, sum(exp_wh) AS exp_wh, sum(p_sum) / nullif(sum(p_n), 0) AS p_avg,
    min(p_min) AS p_min, max(p_max) AS p_max, sum(seen) AS seen, sum(n) AS n
  FROM (${partsSql(fold)}) GROUP BY meter, k`;

/** What passed in gaps that lie wholly in a bucket; few days have any, so that the others need not be asked. */
const unallocated = (name: string): string =>
  `sum(CASE WHEN NOT ${followsSql(name)} AND ${name}_next_ms <= k_to THEN ${name}_next END) AS ${name}_gap`;
function gapsSql(fold: Fold): string {
  const { from, to } = rangeOf(fold);
  const source = `quarters SEMI JOIN (
      SELECT meter, d FROM days WHERE gaps > 0 AND meter IN (${fold.meters.join(", ")})
        AND d >= ${Math.floor(from / DAY_QUARTERS)} AND d < ${Math.ceil(to / DAY_QUARTERS)}) holed
    ON quarters.meter = holed.meter AND quarters.b // ${DAY_QUARTERS} = holed.d`;
  return `
    SELECT meter, k, ${unallocated("imp")}, ${unallocated("exp")}
    FROM (${placedSql(fold, source)}) WHERE ${gapSql} GROUP BY meter, k`;
}

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
async function foldInSql(
  connection: DuckDBConnection,
  fold: Fold,
  nameOf: (id: number) => string,
): Promise<Bucket[]> {
  const columns = await numbersOf(connection, `${doublesSql(foldSql(fold))} ORDER BY 1, 2`);
  const buckets = Array.from({ length: columns[0]?.length ?? 0 }, (_, row) => {
    const cell = (column: number): number | null => cellOf(columns[column], row);
    const [meter, k] = [cell(0), cell(1) ?? 0];
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
    if (meter !== null) bucket.meter = nameOf(meter);
    return bucket;
  });
  return fold.perMeter ? inOrderOfMeters(buckets) : buckets;
}

/** Folds the quarter hours of meters, rolled up before, into buckets of several bounds. */
export async function foldBucketings(
  { database, names, upkeep }: Pick<Opened, "database" | "names" | "upkeep">,
  { ids, meterCount, perMeter }: { ids: readonly number[]; meterCount: number; perMeter: boolean },
  bucketings: readonly number[][],
): Promise<Bucket[][]> {
  await upkeep.rollUp(new Set(ids), Infinity);
  return database.read(
    async (connection) => {
      const folded: Bucket[][] = [];
      for (const bounds of bucketings) {
        const fold = { meters: ids, meterCount, bounds, perMeter };
        folded.push(await foldInSql(connection, fold, (id) => names.name(id)));
      }
      return folded;
    },
    { heavy: true },
  );
}
