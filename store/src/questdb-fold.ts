import { QUARTER_HOUR_MS } from "@smp/schemas";
import type { Quarter } from "./energy.ts";
import { quarterOf } from "./questdb-read.ts";
import { timeLiteral, type Row } from "./questdb-sql.ts";
import { segmentSql } from "./swaps.ts";

const DAY_MS = 86_400_000;
const QUARTER_US = QUARTER_HOUR_MS * 1000;

/** Stretches of time, one after the other, each in one bucket; the table that each is added up from. */
export interface Stretches {
  starts: readonly number[];
  /** Numbers of those that are whole days, and read from the table of days. */
  ofDays: readonly number[];
  /** Days, by number since 1970, whose quarter hours are read; undefined for all. */
  inQuarters: readonly number[] | undefined;
}

/** Of the buckets themselves. */
export const stretchesOfQuarters = (bounds: readonly number[], to: number): Stretches => ({
  starts: bounds.filter((bound) => bound < to),
  ofDays: [],
  inQuarters: undefined,
});

/** Whole days where there are any, but for those that a bound cuts and those that are `apart`. */
export function stretchesOfDays(
  bounds: readonly number[],
  to: number,
  apart: ReadonlySet<number>,
): Stretches {
  const points = [...bounds.filter((bound) => bound < to), to];
  const inQuarters = new Set(apart);
  for (const point of points) if (point % DAY_MS !== 0) inQuarters.add(Math.floor(point / DAY_MS));
  const edges = [...inQuarters].flatMap((day) => [day * DAY_MS, (day + 1) * DAY_MS]);
  const from = bounds[0] ?? to;
  const starts = [...new Set([...points, ...edges])]
    .filter((start) => start >= from && start < to)
    .sort((a, b) => a - b);
  return {
    starts,
    ofDays: starts.flatMap((start, index) => (inQuarters.has(Math.floor(start / DAY_MS)) ? [] : [index])),
    inQuarters: [...inQuarters].sort((a, b) => a - b),
  };
}

/** The number of the stretch that holds a row, as a tree of comparisons. */
function stretchSql(starts: readonly number[], first = 0, last: number = starts.length - 1): string {
  if (first >= last) return String(first);
  const middle = (first + last) >> 1;
  return `CASE WHEN ts < ${timeLiteral(starts[middle + 1] ?? 0)} THEN ${stretchSql(starts, first, middle)} ELSE ${stretchSql(starts, middle + 1, last)} END`;
}

interface Fold {
  /** Selects rows that are all rolled up. */
  where: string;
  stretches: Stretches;
  swaps: readonly { meter: string; at: number }[];
}

const COUNTERS = ["imp", "exp"] as const;
const before = (name: string): string => `
  lag(${name}_last) IGNORE NULLS OVER (PARTITION BY meter, stretch ORDER BY ts) AS ${name}_before,
  lag(${name}_last_us) IGNORE NULLS OVER (PARTITION BY meter, stretch ORDER BY ts) AS ${name}_before_us`;

/** From the row before with the counter; the rule of energy.ts. Both lie in one bucket, so that it holds every gap between. */
function step(name: string, swaps: Fold["swaps"]): string {
  const segment = (time: string): string =>
    segmentSql(
      swaps,
      (meter) => `'${meter}'`,
      (ms) => String(ms * 1000),
      time,
    );
  const uncut =
    swaps.length === 0 ? "" : ` AND ${segment(`${name}_before_us`)} = ${segment(`${name}_first_us`)}`;
  return `CASE WHEN ${name}_first_us IS NOT NULL AND ${name}_before_us IS NOT NULL${uncut}
    THEN CASE WHEN ${name}_first > ${name}_before THEN ${name}_first - ${name}_before ELSE 0.0 END END AS ${name}_step`;
}
const gained = (name: string): string => `
  CASE WHEN ${name}_step IS NULL THEN ${name}_gained ELSE coalesce(${name}_gained, 0.0) + ${name}_step END AS ${name}_gained,
  CASE WHEN ${name}_step IS NOT NULL AND ${name}_first_us / ${QUARTER_US} - ${name}_before_us / ${QUARTER_US} >= 2
    THEN ${name}_unallocated + ${name}_step ELSE ${name}_unallocated END AS ${name}_unallocated`;
const added = (name: string): string => `
  first_not_null(${name}_first) AS ${name}_first, last_not_null(${name}_last) AS ${name}_last, sum(${name}_gained) AS ${name}_gained,
  sum(${name}_unallocated) AS ${name}_unallocated, min(${name}_first_us) AS ${name}_first_us, max(${name}_last_us) AS ${name}_last_us`;
const kept = (name: string): string =>
  ["first", "last", "first_us", "last_us"].map((column) => `${name}_${column}`).join(", ");
const each = (sql: (name: string) => string): string => COUNTERS.map(sql).join(", ");

const COMMON = "meter, ts, stretch, n, seen, first_us, last_us, p_sum, p_n, p_min, p_max";

interface Source {
  table: string;
  where: string;
  /** `seen` and what is unallocated of a row. */
  own: string;
  /** Which stretches; all when not given. */
  only?: readonly number[];
}

/** One table's stretches, each meter's added up as one. */
const foldSql = ({ table, where, own, only }: Source, { stretches, swaps }: Fold): string => `
  SELECT meter, stretch, sum(n) AS n, sum(seen) AS seen, min(first_us) AS first_us, max(last_us) AS last_us, ${each(added)},
    sum(p_sum) AS p_sum, sum(p_n) AS p_n, min(p_min) AS p_min, max(p_max) AS p_max
  FROM (SELECT ${COMMON}, ${each((name) => `${kept(name)}, ${gained(name)}`)}
    FROM (SELECT *, ${each((name) => step(name, swaps))}
      FROM (SELECT *, ${each(before)}
        FROM (SELECT * FROM (SELECT meter, ts, ${stretchSql(stretches.starts)} AS stretch, n, first_us, last_us, p_sum, p_n, p_min, p_max,
              ${each((name) => `${kept(name)}, ${name}_gained`)}, ${own} FROM ${table} ${where})
          ${only ? `WHERE stretch IN (${only.join(", ")})` : ""}))))
  GROUP BY meter, stretch`;

const dayLiteral = (day: number): string => `'${new Date(day * DAY_MS).toISOString().slice(0, 10)}'`;

/** The statements that add a range up: of the days, and of the quarter hours; these are heavy. */
export function foldsOf(
  tables: { days: string; quarters: string },
  fold: Fold,
): { sql: string; isHeavy: boolean }[] {
  const { where } = fold;
  const { inQuarters, ofDays } = fold.stretches;
  const days = { table: tables.days, where, own: "seen, imp_unallocated, exp_unallocated", only: ofDays };
  const some = inQuarters?.map((day) => `ts IN ${dayLiteral(day)}`).join(" OR ");
  const quarters = {
    table: tables.quarters,
    where: some === undefined ? where : `${where} AND (${some})`,
    own: "1 AS seen, 0.0 AS imp_unallocated, 0.0 AS exp_unallocated",
  };
  return [
    ...(ofDays.length > 0 ? [{ sql: foldSql(days, fold), isHeavy: false }] : []),
    ...(inQuarters?.length === 0 ? [] : [{ sql: foldSql(quarters, fold), isHeavy: true }]),
  ];
}

/** A stretch as if it were one quarter hour. */
export const stretchOf = (row: Row, { starts }: Stretches): Quarter => ({
  ...quarterOf(row),
  from: starts[Number(row["stretch"])] ?? 0,
});
