import { deviceOf } from "@smp/schemas";
import { EXPORT, IMPORT, POWER_SQL, SUSPECT, WIDE, wideIndex } from "../columns.ts";
import type { Arrival } from "../pages.ts";
import type { QuarterRange } from "../energy/series.ts";
import { quarterColumns } from "./packed.ts";
import { READING_COLUMNS } from "./read.ts";
import { list, timeLiteral } from "./sql.ts";
import { goneSql } from "../deletion.ts";
import type { Deletion } from "../store.ts";

export interface Tables {
  readings: string;
  documents: string;
  rejected: string;
  deleted: string;
  quarters: string;
  marks: string;
  days: string;
  dayMarks: string;
  newest: string;
  expired: string;
}

export const tablesOf = (prefix: string): Tables => ({
  readings: `${prefix}readings`,
  documents: `${prefix}documents`,
  rejected: `${prefix}rejected`,
  deleted: `${prefix}deleted`,
  quarters: `${prefix}quarters`,
  marks: `${prefix}marks`,
  days: `${prefix}days`,
  dayMarks: `${prefix}day_marks`,
  newest: `${prefix}newest`,
  expired: `${prefix}expired`,
});

export const PRESENT = "received IS NOT NULL";
const nothing = (columns: readonly string[]): string =>
  columns.map((column) => `${column} = NULL`).join(", ");
const rolledColumns = ["first_us", "last_us", "p_sum", "p_n", "p_min", "p_max"].concat(
  ["imp", "exp"].flatMap((name) =>
    ["first", "last", "gained", "first_us", "last_us"].map((column) => `${name}_${column}`),
  ),
);

/** Overwrite what is of a meter, which METER_ID has passed, and go with a deletion. */
export function deletions(tables: Tables, meter: string, deletion: Deletion): readonly string[] {
  const gone = goneSql(deletion);
  return [
    `UPDATE ${tables.documents} SET value = NULL WHERE kind = 'meter' AND id = '${meter}'`,
    `UPDATE ${tables.rejected} SET ${nothing(["topic", "detail", "payload"])}
     WHERE device = '${deviceOf(meter)}' AND ${gone}`,
    `UPDATE ${tables.readings} SET ${nothing(
      ["received", "device", "s", "quality", "extra", "extra_codes"].concat(WIDE.map(({ column }) => column)),
    )} WHERE meter = '${meter}' AND ${gone}`,
    `UPDATE ${tables.quarters} SET n = 0, ${nothing(rolledColumns)} WHERE meter = '${meter}' AND ${gone}`,
    `UPDATE ${tables.days} SET n = 0, seen = 0, ${nothing(rolledColumns.concat(["imp_unallocated", "exp_unallocated"]))}
     WHERE meter = '${meter}'`,
  ];
}

const within = ({ meters, from, to }: QuarterRange): string =>
  `WHERE meter IN (${list(meters)}) AND ts >= ${timeLiteral(from)} AND ts < ${timeLiteral(to)} AND ${PRESENT}`;

const aggregates = (name: string): string => `
  first_not_null(${name}) AS ${name}_first, last_not_null(${name}) AS ${name}_last,
  sum(CASE WHEN ${name} > ${name}_before THEN ${name} - ${name}_before
    WHEN ${name} IS NOT NULL AND ${name}_before IS NOT NULL THEN 0.0 END) AS ${name}_gained,
  min(CASE WHEN ${name} IS NOT NULL THEN ts END)::long AS ${name}_first_us,
  max(CASE WHEN ${name} IS NOT NULL THEN ts END)::long AS ${name}_last_us`;

/** What the energy rule takes of the raw readings; `segment` numbers the stretches between which no difference is taken. */
const countsSql = (tables: Tables, range: QuarterRange, segment: string): string => `
  SELECT meter, ts, received, ${segment} AS segment, ${POWER_SQL} AS p,
    CASE WHEN (quality & ${SUSPECT}) = 0 THEN ${IMPORT} END AS imp,
    CASE WHEN (quality & ${SUSPECT}) = 0 THEN ${EXPORT} END AS exp
  FROM ${tables.readings} ${within(range)}`;

/** Quarter hours of the energy rule, from the raw readings. */
export const quartersSql = (tables: Tables, range: QuarterRange, segment: string): string => `
  SELECT ${quarterColumns("q::long", ["received"])} FROM (
  SELECT meter, q, count() AS n, min(ts)::long AS first_us, max(ts)::long AS last_us,
    ${aggregates("imp")}, ${aggregates("exp")}, sum(p) AS p_sum, count(p) AS p_n, min(p) AS p_min, max(p) AS p_max,
    min(received) AS received
  FROM (
    SELECT meter, ts, received, q, p, imp, exp,
      lag(imp) IGNORE NULLS OVER (PARTITION BY meter, q, segment ORDER BY ts) AS imp_before,
      lag(exp) IGNORE NULLS OVER (PARTITION BY meter, q, segment ORDER BY ts) AS exp_before
    FROM (SELECT *, timestamp_floor('15m', ts) AS q FROM (${countsSql(tables, range, segment)})))
  GROUP BY meter, q)`;

/** First and newest reading of all meters, or of some. */
export const extentSql = (tables: Tables, meters?: readonly string[]): string => `
  SELECT meter, last(device) AS device, min(ts)::long AS first_us, max(ts)::long AS last_us
  FROM ${tables.readings} WHERE ${meters ? `meter IN (${list(meters)}) AND ` : ""}${PRESENT} GROUP BY meter`;

/** Each meter's newest reading. */
export const lastSql = (tables: Tables, meters: readonly string[]): string => `
  SELECT meter, device, ts::long AS ts_us, received, quality FROM ${tables.readings}
  WHERE meter IN (${list(meters)}) AND ${PRESENT} LATEST ON ts PARTITION BY meter`;

/**
 * The newest reading of a range, and the newest value of every column with its time; of `codes` only, for each column costs the server as
 * much as a row does: then `others` is how many readings carry any other register.
 */
export function newestSql(tables: Tables, range: QuarterRange, codes?: ReadonlySet<string>): string {
  const columns = WIDE.filter(({ code }) => codes?.has(code) ?? true);
  const others = WIDE.filter((each) => !columns.includes(each)).map(({ column }) => `${column} IS NOT NULL`);
  if (!hasExtras(codes)) others.push("length(extra_codes) > 0");
  const newest = columns.map(
    ({ column: c }) =>
      `last_not_null(${c}) AS ${c}, max(CASE WHEN ${c} IS NOT NULL THEN ts END)::long AS ${c}_us`,
  );
  if (others.length > 0) newest.push(`sum(CASE WHEN ${others.join(" OR ")} THEN 1 ELSE 0 END) AS others`);
  return `
  SELECT meter, last(device) AS device, max(ts)::long AS ts_us, last(received) AS received, last(quality) AS quality, ${newest.join(", ")}
  FROM ${tables.readings} ${within(range)} GROUP BY meter`;
}

/** Whether registers without a column are among them; undefined for all registers. */
export const hasExtras = (codes?: ReadonlySet<string>): boolean =>
  codes === undefined || [...codes].some((code) => !wideIndex.has(code));

/** The newest reading of every set of registers without a column. */
export const newestExtraSql = (tables: Tables, range: QuarterRange): string => `
  SELECT meter, ts::long AS ts_us, extra FROM ${tables.readings} ${within(range)} AND extra IS NOT NULL
  LATEST ON ts PARTITION BY meter, extra_codes`;

export const rawSql = (tables: Tables, range: QuarterRange, limit: number, after?: Arrival): string => `
  SELECT ${READING_COLUMNS}
  FROM ${tables.readings} ${within(range)} ${
    after
      ? `AND received >= ${after.received} AND (received > ${after.received} OR ts > ${timeLiteral(after.t)}) ORDER BY received, ts`
      : "ORDER BY ts"
  } LIMIT ${limit}`;

/** In how many readings of a range each column is; and the sets of registers without one. */
export function registersSql(
  tables: Tables,
  range: QuarterRange,
  receivedFrom = 0,
): { counts: string; codes: string } {
  const rows = `FROM ${tables.readings} ${within(range)} AND received >= ${receivedFrom}`;
  return {
    counts: `SELECT ${WIDE.map(({ column }) => `count(${column}) AS ${column}`).join(", ")} ${rows}`,
    codes: `SELECT DISTINCT extra_codes ${rows} AND extra_codes IS NOT NULL`,
  };
}
