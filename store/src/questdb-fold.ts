import { QUARTER_HOUR_MS } from "@smp/schemas";
import { numberOf, timeLiteral, type Row } from "./questdb-sql.ts";
import type { Bucket } from "./store.ts";

/** Buckets that one statement can name. */
export const FOLD_BUCKETS_MAX = 2_000;
const QUARTER_US = QUARTER_HOUR_MS * 1000;

/** The number of the bucket that holds an instant, from 0 on, as a tree of comparisons; one more after the last bucket. */
function bucketSql(
  time: string,
  bounds: readonly number[],
  first = 0,
  last: number = bounds.length - 1,
): string {
  if (first === last) return String(first);
  const middle = (first + last) >> 1;
  const bound = timeLiteral(bounds[middle + 1] ?? 0);
  return `CASE WHEN ${time} < ${bound} THEN ${bucketSql(time, bounds, first, middle)} ELSE ${bucketSql(time, bounds, middle + 1, last)} END`;
}

/** From each counter reading to the next one; the rule of energy.ts, reading by reading. */
const steps = (name: string, bounds: readonly number[]): string => {
  // A microsecond before: a bucket holds a stretch that ends where the bucket does.
  const held = `${bucketSql(`dateadd('u', -1, ${name}_next_ts)`, bounds)} = k`;
  const apart = `${name}_next_ts::long / ${QUARTER_US} - ts::long / ${QUARTER_US}`;
  const known = `${name} IS NOT NULL AND ${name}_next IS NOT NULL`;
  return `
    CASE WHEN ${known} AND (${apart} < 2 OR ${held}) THEN CASE WHEN ${name}_next > ${name} THEN ${name}_next - ${name} ELSE 0.0 END END AS ${name}_wh,
    CASE WHEN ${known} AND ${apart} >= 2 AND ${held} AND ${name}_next > ${name} THEN ${name}_next - ${name} ELSE 0.0 END AS ${name}_unallocated`;
};

const next = (name: string): string => `
  lead(${name}) IGNORE NULLS OVER (PARTITION BY meter, segment ORDER BY ts) AS ${name}_next,
  lead(${name}_ts) IGNORE NULLS OVER (PARTITION BY meter, segment ORDER BY ts) AS ${name}_next_ts`;

/**
 * Buckets of many meters or a long time, folded in the server. `readings` selects (meter, ts, segment, p, imp, exp) from
 * the first bound to a quarter hour after the last one.
 */
export const foldSql = (readings: string, bounds: readonly number[]): string => `
  SELECT meter, k, sum(imp_wh) AS imp_wh, sum(imp_unallocated) AS imp_unallocated, sum(exp_wh) AS exp_wh,
    sum(exp_unallocated) AS exp_unallocated, sum(p) AS p_sum, count(p) AS p_n, min(p) AS p_min, max(p) AS p_max,
    count_distinct(q) AS seen, count() AS n
  FROM (
    SELECT meter, k, p, q, ${steps("imp", bounds)}, ${steps("exp", bounds)}
    FROM (
      SELECT meter, ts, p, imp, exp, ts::long / ${QUARTER_US} AS q, ${bucketSql("ts", bounds)} AS k, imp_next, imp_next_ts, exp_next, exp_next_ts
      FROM (
        SELECT meter, ts, p, imp, exp, ${next("imp")}, ${next("exp")}
        FROM (
          SELECT meter, ts, segment, p, imp, exp, CASE WHEN imp IS NOT NULL THEN ts END AS imp_ts,
            CASE WHEN exp IS NOT NULL THEN ts END AS exp_ts
          FROM (${readings}))))
    WHERE k < ${bounds.length - 1})
  GROUP BY meter, k ORDER BY meter, k`;

export function bucketOf(row: Row, bounds: readonly number[]): Bucket {
  const k = numberOf(row["k"]) ?? 0;
  const [from = 0, to = 0] = bounds.slice(k, k + 2);
  const powers = numberOf(row["p_n"]) ?? 0;
  return {
    meter: String(row["meter"]),
    from,
    to,
    importWh: numberOf(row["imp_wh"]),
    exportWh: numberOf(row["exp_wh"]),
    importUnallocatedWh: numberOf(row["imp_unallocated"]) ?? 0,
    exportUnallocatedWh: numberOf(row["exp_unallocated"]) ?? 0,
    powerAvgW: powers === 0 ? null : (numberOf(row["p_sum"]) ?? 0) / powers,
    powerMinW: numberOf(row["p_min"]),
    powerMaxW: numberOf(row["p_max"]),
    quartersSeen: numberOf(row["seen"]) ?? 0,
    quarters: (to - from) / QUARTER_HOUR_MS,
    readings: numberOf(row["n"]) ?? 0,
  };
}
