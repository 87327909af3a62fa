import { DAY_MS, QUARTER_HOUR_MS } from "@smp/schemas";
import type { Counter, Quarter } from "../energy/energy.ts";
import { completeCutDays, cutDaysOf, type CutDay, type Piece } from "./cut-days.ts";
import { quarterOf } from "./read.ts";
import { numberOf, timeLiteral, type Row } from "./sql.ts";
import { segmentSql } from "../energy/swaps.ts";

const QUARTER_US = QUARTER_HOUR_MS * 1000;

/** Stretches of time, one after the other, each in one bucket; the table that each is added up from. */
export interface Stretches {
  starts: readonly number[];
  /** Numbers of those that are whole days, and read from the table of days. */
  ofDays: readonly number[];
  /** Days, by number since 1970, whose quarter hours are read; undefined for all. */
  inQuarters: readonly number[] | undefined;
  /** Those of them whose longest stretch is told by the table of days. */
  cutDays: readonly CutDay[];
}

/** Of the buckets themselves. */
export const stretchesOfQuarters = (bounds: readonly number[], to: number): Stretches => ({
  starts: bounds.filter((bound) => bound < to),
  ofDays: [],
  inQuarters: undefined,
  cutDays: [],
});

/** Whole days where there are any, but for those that a bound cuts and those that are `apart`; `swapped`: with an exchange. */
export function stretchesOfDays(
  bounds: readonly number[],
  to: number,
  { apart, swapped }: { apart: ReadonlySet<number>; swapped: ReadonlySet<number> },
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
    cutDays: cutDaysOf(starts, to, (day) => inQuarters.has(day) && !apart.has(day) && !swapped.has(day)),
  };
}

/** The number of the stretch that holds a row, as a tree of comparisons; never a constant, by which the server does not group. */
function stretchSql(starts: readonly number[]): string {
  const tree = (first: number, last: number): string => {
    if (first >= last) return String(first);
    const middle = (first + last) >> 1;
    return `CASE WHEN ts < ${timeLiteral(starts[middle + 1] ?? 0)} THEN ${tree(first, middle)} ELSE ${tree(middle + 1, last)} END`;
  };
  return starts.length === 1 ? "CASE WHEN ts IS NULL THEN 1 ELSE 0 END" : tree(0, starts.length - 1);
}

interface Fold {
  /** Selects rows that are all rolled up. */
  where: string;
  stretches: Stretches;
  swaps: readonly { meter: string; at: number }[];
}

const each = (sql: (name: string) => string): string => [sql("imp"), sql("exp")].join(", ");

interface Source {
  table: string;
  where: string;
  /** `seen`, and what is unallocated. */
  own: string;
  /** Which stretches; all when not given. */
  only?: readonly number[];
}
const onlySql = ({ only }: Source): string => (only ? `WHERE stretch IN (${only.join(", ")})` : "");

const ends = (name: string): string => `
  first_not_null(${name}_first) AS ${name}_first, last_not_null(${name}_last) AS ${name}_last,
  min(${name}_first_us) AS ${name}_first_us, max(${name}_last_us) AS ${name}_last_us, sum(${name}_gained) AS ${name}_gained`;

/** One table's stretches, each meter's added up as one, but for what passed between its rows. */
const sumSql = (source: Source, { stretches }: Fold): string => `
  SELECT * FROM (
    SELECT meter, ${stretchSql(stretches.starts)} AS stretch, sum(n) AS n, min(first_us) AS first_us, max(last_us) AS last_us,
      ${each(ends)}, sum(p_sum) AS p_sum, sum(p_n) AS p_n, min(p_min) AS p_min, max(p_max) AS p_max, ${source.own}
    FROM ${source.table} ${source.where} GROUP BY meter, stretch)
  ${onlySql(source)}`;

const before = (name: string): string => `
  lag(${name}_last) IGNORE NULLS OVER (PARTITION BY meter ORDER BY ts) AS ${name}_before,
  lag(${name}_last_us) IGNORE NULLS OVER (PARTITION BY meter ORDER BY ts) AS ${name}_before_us`;

/**
 * From the row before with the counter, if it is of the same meter; the rule of energy.ts. Rows without the counter have none. As
 * little as can be: the server works an expression out anew wherever its name stands.
 */
function step(name: string, swaps: Fold["swaps"]): string {
  const segment = (column: string): string =>
    segmentSql(
      swaps,
      (meter) => `'${meter}'`,
      (ms) => String(ms * 1000),
      column,
    );
  const uncut = swaps.length === 0 ? "" : `${segment(`${name}_before_us`)} = ${segment(`${name}_first_us`)}`;
  const ofCounter = (condition: string, wh: string): string =>
    `CASE WHEN ${name}_first_us IS NOT NULL THEN CASE WHEN ${[condition, uncut].filter(Boolean).join(" AND ")} THEN ${wh} ELSE 0.0 END END`;
  const rise = `${name}_first > ${name}_before`;
  const hole = `${name}_first_us / ${QUARTER_US} - ${name}_before_us / ${QUARTER_US} > 1`;
  const difference = `${name}_first - ${name}_before`;
  return `
    ${uncut === "" ? "" : `${ofCounter(`${name}_before_us IS NOT NULL`, "1.0")} AS ${name}_known,`}
    ${ofCounter(rise, difference)} AS ${name}_step, ${ofCounter(`${hole} AND ${rise}`, difference)} AS ${name}_apart`;
}
/** Without the first step, which comes from another stretch: a window of stretches takes the server four times as long. */
const inside = (column: string): string => `sum(${column}) - first_not_null(${column}) AS ${column}`;
const steps = (name: string, swaps: Fold["swaps"]): string =>
  [
    ...(swaps.length === 0 ? [] : [inside(`${name}_known`)]),
    inside(`${name}_step`),
    inside(`${name}_apart`),
  ].join(", ");

/** What passed between the rows of a stretch. It lies in one bucket, so that it holds every gap between. */
const stepsSql = (source: Source, { stretches, swaps }: Fold): string => `
  SELECT * FROM (
    SELECT meter, stretch, ${each((name) => steps(name, swaps))}
    FROM (SELECT meter, ${stretchSql(stretches.starts)} AS stretch, ${each((name) => step(name, swaps))}
      FROM (SELECT meter, ts, ${each((name) => `${name}_first, ${name}_first_us`)}, ${each(before)} FROM ${source.table} ${source.where}))
    GROUP BY meter, stretch)
  ${onlySql(source)}`;

const dayLiteral = (day: number): string => `'${new Date(day * DAY_MS).toISOString().slice(0, 10)}'`;
/** A time in whole minutes as the server's interval: its first second, and as many more as it lasts. */
const intervalLiteral = (from: number, to: number): string =>
  `'${new Date(from).toISOString().slice(0, 19)};${(to - from) / 1000 - 1}s'`;
const anyOf = (literals: readonly string[]): string =>
  `(${literals.map((literal) => `ts IN ${literal}`).join(" OR ")})`;

/** The times of quarter hours whose neighbours are looked for: not those of longest pieces. */
function stepTimes({ starts, inQuarters = [], cutDays }: Stretches): string[] {
  const cut = new Map(cutDays.map((day) => [day.from / DAY_MS, day]));
  return inQuarters.flatMap((day) => {
    const { pieces, longest } = cut.get(day) ?? {};
    if (!pieces) return [dayLiteral(day)];
    const end = (day + 1) * DAY_MS;
    return pieces
      .filter((piece) => piece !== longest)
      .map((piece) => intervalLiteral(starts[piece] ?? 0, Math.min(starts[piece + 1] ?? end, end)));
  });
}

/** What adds a range up: of the days, and of the quarter hours, which is heavy; `days` are the rows of days that are cut. */
export function foldsOf(
  tables: { days: string; quarters: string },
  fold: Fold,
): { sums: string; steps: string; days?: string; isHeavy: boolean }[] {
  const { where } = fold;
  const { inQuarters, ofDays, cutDays } = fold.stretches;
  const gaps = each((name) => `sum(${name}_unallocated) AS ${name}_unallocated`);
  const counts = each((name) => `count(${name}_first) AS ${name}_count`);
  const days = { table: tables.days, where, own: `sum(seen) AS seen, ${counts}, ${gaps}`, only: ofDays };
  const quarters = (times: readonly string[] | undefined): Source => ({
    table: tables.quarters,
    where: times ? `${where} AND ${anyOf(times)}` : where,
    own: `count() AS seen, ${counts}`,
  });
  const ofQuarters = {
    sums: sumSql(quarters(inQuarters?.map(dayLiteral)), fold),
    steps: stepsSql(quarters(inQuarters && stepTimes(fold.stretches)), fold),
    ...(cutDays.length > 0 && {
      days: `SELECT meter, ts::long AS q_us, n, ${each((name) => `${name}_gained, ${name}_unallocated`)} FROM ${tables.days}
        ${where} AND ${anyOf(cutDays.map(({ from }) => dayLiteral(from / DAY_MS)))}`,
    }),
    isHeavy: true,
  };
  return [
    ...(ofDays.length > 0 ? [{ sums: sumSql(days, fold), steps: stepsSql(days, fold), isHeavy: false }] : []),
    ...(inQuarters?.length === 0 ? [] : [ofQuarters]),
  ];
}

const keyOf = (row: Row): string => `${String(row["meter"])} ${String(row["stretch"])}`;

/** Stretches as if each were one quarter hour; undefined when `days` are not of the same moment as the others. */
export function stretchesIn(
  { sums, steps, days }: { sums: readonly Row[]; steps: readonly Row[]; days: readonly Row[] },
  { starts, cutDays }: Stretches,
): Quarter[] | undefined {
  const between = new Map(steps.map((row) => [keyOf(row), row]));
  const pieces = sums.map((row): Piece => {
    const own = between.get(keyOf(row));
    const counter = (name: "imp" | "exp", sum: Counter | null): Counter | null => {
      const known = numberOf(own?.[`${name}_known`]) ?? (numberOf(row[`${name}_count`]) ?? 0) - 1;
      if (!sum || own === undefined || known < 1) return sum;
      const [wh, apart] = [numberOf(own[`${name}_step`]) ?? 0, numberOf(own[`${name}_apart`]) ?? 0];
      return { ...sum, gained: (sum.gained ?? 0) + wh, unallocated: (sum.unallocated ?? 0) + apart };
    };
    const quarter = quarterOf(row);
    const stretch = Number(row["stretch"]);
    const added = {
      from: starts[stretch] ?? 0,
      imported: counter("imp", quarter.imported),
      exported: counter("exp", quarter.exported),
    };
    const counts = { imported: numberOf(row["imp_count"]) ?? 0, exported: numberOf(row["exp_count"]) ?? 0 };
    return { stretch, quarter: { ...quarter, ...added }, counts };
  });
  return completeCutDays(pieces, days, cutDays) ? pieces.map(({ quarter }) => quarter) : undefined;
}
