import { QUARTER_HOUR_MS } from "@smp/schemas";
import type { CountedBucket } from "./energy.ts";
import { numberOf, timeLiteral, type Row } from "./questdb-sql.ts";

/** Buckets that one statement can name. */
export const FOLD_BUCKETS_MAX = 2_000;
const QUARTER_US = QUARTER_HOUR_MS * 1000;

/** The number of the bucket that holds an instant, from 0 on, as a tree of comparisons; one more after the last bucket. */
function bucketSql(
  time: string,
  bounds: readonly number[],
  literal: (ms: number) => string,
  first = 0,
  last: number = bounds.length - 1,
): string {
  if (first === last) return String(first);
  const middle = (first + last) >> 1;
  const half = (a: number, b: number): string => bucketSql(time, bounds, literal, a, b);
  return `CASE WHEN ${time} < ${literal(bounds[middle + 1] ?? 0)} THEN ${half(first, middle)} ELSE ${half(middle + 1, last)} END`;
}

interface Fold {
  /** Selects rows of `quarters`, all rolled up, of whole buckets or of their beginnings. */
  where: string;
  table: string;
  bounds: readonly number[];
  swaps: readonly { meter: string; at: number }[];
}

/** From each quarter hour with the counter to the next one; the rule of energy.ts. */
function steps(name: string, { bounds, swaps }: Fold): string {
  const segment = (time: string): string =>
    swaps
      .map(({ meter, at }) => `CASE WHEN meter = '${meter}' AND ${time} >= ${at * 1000} THEN 1 ELSE 0 END`)
      .join(" + ");
  const [next, last] = [`${name}_next_us`, `${name}_last_us`];
  const uncut = swaps.length === 0 ? "" : ` AND ${segment(next)} = ${segment(last)}`;
  const known = `${last} IS NOT NULL AND ${next} IS NOT NULL${uncut}`;
  // A microsecond before: a bucket holds a stretch that ends where the bucket does.
  const held = `${bucketSql(`(${next} - 1)`, bounds, (ms) => String(ms * 1000))} = k`;
  const apart = `${next} / ${QUARTER_US} - ${last} / ${QUARTER_US}`;
  const step = `CASE WHEN ${name}_next > ${name}_last THEN ${name}_next - ${name}_last ELSE 0.0 END`;
  return `
    CASE WHEN ${known} AND (${apart} < 2 OR ${held}) THEN coalesce(${name}_gained, 0.0) + ${step} ELSE ${name}_gained END AS ${name}_wh,
    CASE WHEN ${known} AND ${apart} >= 2 AND ${held} THEN ${step} ELSE 0.0 END AS ${name}_unallocated`;
}

const next = (name: string): string => `
  lead(${name}_first) IGNORE NULLS OVER (PARTITION BY meter ORDER BY ts) AS ${name}_next,
  lead(${name}_first_us) IGNORE NULLS OVER (PARTITION BY meter ORDER BY ts) AS ${name}_next_us`;

/** Buckets of many meters or a long time, folded in the server; what follows the last row of a meter is not in it. */
export const foldSql = (fold: Fold): string => `
  SELECT meter, k, sum(imp_wh) AS imp_wh, sum(imp_unallocated) AS imp_unallocated, sum(exp_wh) AS exp_wh,
    sum(exp_unallocated) AS exp_unallocated, sum(p_sum) AS p_sum, sum(p_n) AS p_n, min(p_min) AS p_min, max(p_max) AS p_max,
    count() AS seen, sum(n) AS n
  FROM (
    SELECT meter, k, n, p_sum, p_n, p_min, p_max, ${steps("imp", fold)}, ${steps("exp", fold)}
    FROM (
      SELECT *, ${bucketSql("ts", fold.bounds, timeLiteral)} AS k
      FROM (
        SELECT meter, ts, n, p_sum, p_n, p_min, p_max, imp_last, imp_gained, imp_last_us, exp_last, exp_gained, exp_last_us,
          ${next("imp")}, ${next("exp")}
        FROM ${fold.table} ${fold.where}))
    WHERE k < ${fold.bounds.length - 1})
  GROUP BY meter, k`;

export const countedOf = (row: Row): CountedBucket => ({
  importWh: numberOf(row["imp_wh"]),
  exportWh: numberOf(row["exp_wh"]),
  importUnallocatedWh: numberOf(row["imp_unallocated"]) ?? 0,
  exportUnallocatedWh: numberOf(row["exp_unallocated"]) ?? 0,
  powerSum: numberOf(row["p_sum"]) ?? 0,
  powerCount: numberOf(row["p_n"]) ?? 0,
  powerMin: numberOf(row["p_min"]),
  powerMax: numberOf(row["p_max"]),
  quartersSeen: numberOf(row["seen"]) ?? 0,
  readings: numberOf(row["n"]) ?? 0,
});
