import { EXPORT, IMPORT, POWER_SQL, SUSPECT, WIDE } from "../columns.ts";

/** The tables' version; a file of a newer one is refused, an older one is migrated when it is opened. */
export const SCHEMA_VERSION = 3;

const wideColumns = WIDE.map(({ column }) => `${column} DOUBLE`).join(", ");
const counterColumns = (name: string): string =>
  `${name}_first DOUBLE, ${name}_last DOUBLE, ${name}_gained DOUBLE, ${name}_first_ms BIGINT, ${name}_last_ms BIGINT`;
const nextColumns = (name: string): string => `${name}_next DOUBLE, ${name}_next_ms BIGINT`;

/**
 * No primary keys: an index costs 12 times the time and 3 times the space, so the adapter keeps (meter, ts) unique.
 *
 * - `names`: meter and device ids as small integers.
 * - `readings`, `extra`: raw readings; registers with a column, and all others.
 * - `quarters`: the roll-up, 15 minutes UTC (`b` = ts / 900,000). `dirty` names those that must be rolled up anew. Each
 *   counter has the difference to the meter's next quarter hour that has it (`next`), and when that begins (`next_ms`).
 * - `days`: the quarter hours of each day UTC together, from which months and years are folded. Made of `quarters` alone and
 *   brought up to date with them; energy without that of gaps, and how many quarter hours end in one (`gaps`).
 * - `states`, `newest`: newest value per register as of the last roll-up; with the dirty quarters' readings, as of now.
 * - `deleted`: meters whose readings received before a time must not come back.
 * - `expired`: raw readings and quarter hours before these times were let go; one row at most.
 */
export const DDL: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS meta (version INTEGER)`,
  `CREATE TABLE IF NOT EXISTS names (id INTEGER, name VARCHAR)`,
  `CREATE TABLE IF NOT EXISTS readings (meter INTEGER, ts BIGINT, device INTEGER, s BIGINT, received BIGINT, quality TINYINT, ${wideColumns})`,
  `CREATE TABLE IF NOT EXISTS extra (meter INTEGER, ts BIGINT, code VARCHAR, value DOUBLE, unit VARCHAR)`,
  `CREATE TABLE IF NOT EXISTS quarters (meter INTEGER, b INTEGER, n INTEGER, first_ms BIGINT, last_ms BIGINT,
    ${counterColumns("imp")}, ${counterColumns("exp")}, p_sum DOUBLE, p_n INTEGER, p_min DOUBLE, p_max DOUBLE,
    ${nextColumns("imp")}, ${nextColumns("exp")})`,
  `CREATE TABLE IF NOT EXISTS days (meter INTEGER, d INTEGER, n INTEGER, seen INTEGER, gaps INTEGER,
    imp_wh DOUBLE, exp_wh DOUBLE, p_sum DOUBLE, p_n INTEGER, p_min DOUBLE, p_max DOUBLE)`,
  `CREATE TABLE IF NOT EXISTS dirty (meter INTEGER, b INTEGER)`,
  `CREATE TABLE IF NOT EXISTS states (meter INTEGER, device INTEGER, first_ms BIGINT, last_ms BIGINT, received BIGINT, quality TINYINT)`,
  `CREATE TABLE IF NOT EXISTS newest (meter INTEGER, code VARCHAR, value DOUBLE, ts BIGINT)`,
  `CREATE TABLE IF NOT EXISTS deleted (meter VARCHAR, before BIGINT)`,
  `CREATE TABLE IF NOT EXISTS expired (raw_ms BIGINT, rollup_ms BIGINT)`,
  `CREATE TABLE IF NOT EXISTS documents (seq BIGINT, kind VARCHAR, id VARCHAR, value VARCHAR, t BIGINT)`,
  `CREATE TABLE IF NOT EXISTS rejected (seq BIGINT, device VARCHAR, topic VARCHAR, code VARCHAR, detail VARCHAR, received BIGINT,
    idx INTEGER, payload VARCHAR)`,
  // A register that the register table has learnt since the file was made; its older values rest in `extra`.
  ...WIDE.map(({ column }) => `ALTER TABLE readings ADD COLUMN IF NOT EXISTS ${column} DOUBLE`),
];

/** The columns of `quarters` that hold one quarter hour alone. */
export const QUARTER_COLUMNS: string = ["meter", "b", "n", "first_ms", "last_ms"]
  .concat(
    ["imp", "exp"].flatMap((name) =>
      ["first", "last", "gained", "first_ms", "last_ms"].map((part) => `${name}_${part}`),
    ),
  )
  .concat(["p_sum", "p_n", "p_min", "p_max"])
  .join(", ");

/** Tables of the writing connection alone, empty between its transactions. */
export const TEMPORARY: readonly string[] = [
  `CREATE TEMP TABLE late AS SELECT * FROM readings LIMIT 0`,
  `CREATE TEMP TABLE late_extra AS SELECT * FROM extra LIMIT 0`,
  `CREATE TEMP TABLE batch (meter INTEGER, b INTEGER)`,
  `CREATE TEMP TABLE stretch (meter INTEGER, low INTEGER, high INTEGER)`,
  `CREATE TEMP TABLE links (meter INTEGER, b INTEGER)`,
  `CREATE TEMP TABLE cuts (meter INTEGER, ts BIGINT)`,
  `CREATE TEMP TABLE chain AS SELECT * FROM quarters LIMIT 0`,
  `CREATE TEMP TABLE kept AS SELECT ${QUARTER_COLUMNS} FROM quarters LIMIT 0`,
  `CREATE TEMP TABLE touched (meter INTEGER, d INTEGER)`,
];

/** And those that link it with the next one. */
export const NEXT_COLUMNS = "imp_next, imp_next_ms, exp_next, exp_next_ms";

const aggregates = (name: string): string => `
  arg_min(${name}, ts) AS ${name}_first, arg_max(${name}, ts) AS ${name}_last,
  sum(CASE WHEN ${name}_step > 0 THEN ${name}_step WHEN ${name}_step IS NOT NULL THEN 0 END) AS ${name}_gained,
  min(ts) FILTER (${name} IS NOT NULL) AS ${name}_first_ms, max(ts) FILTER (${name} IS NOT NULL) AS ${name}_last_ms`;

/**
 * QUARTER_COLUMNS aggregated from the raw readings that `from` selects (a FROM and WHERE clause over `readings`).
 * `segment` numbers the stretches between which no difference is taken.
 */
export const aggregateSql = (from: string, segment: string): string => `
  SELECT meter, b, count(*)::INTEGER AS n, min(ts) AS first_ms, max(ts) AS last_ms, ${aggregates("imp")}, ${aggregates("exp")},
    sum(p) AS p_sum, count(p)::INTEGER AS p_n, min(p) AS p_min, max(p) AS p_max
  FROM (
    SELECT *, imp - lag(imp IGNORE NULLS) OVER w AS imp_step, exp - lag(exp IGNORE NULLS) OVER w AS exp_step
    FROM (
      SELECT meter, ts, (ts // 900000)::INTEGER AS b, ${segment} AS segment, ${POWER_SQL} AS p,
        CASE WHEN (quality & ${SUSPECT}) = 0 THEN ${IMPORT} END AS imp,
        CASE WHEN (quality & ${SUSPECT}) = 0 THEN ${EXPORT} END AS exp
      ${from})
    WINDOW w AS (PARTITION BY meter, b, segment ORDER BY ts))
  GROUP BY meter, b`;

/** Newest value and its time per meter, of the raw readings that `where` selects; then the same of the other registers. */
export const newestSql = (where: string): string => `
  SELECT meter, arg_max(device, ts) AS device, min(ts)::DOUBLE AS first_ms, max(ts)::DOUBLE AS last_ms,
    arg_max(received, ts)::DOUBLE AS received, arg_max(quality, ts) AS quality,
    ${WIDE.map(({ column: c }) => `arg_max(${c}, ts) AS ${c}, max(ts) FILTER (${c} IS NOT NULL)::DOUBLE AS ${c}_ms`).join(", ")}
  FROM readings ${where} GROUP BY meter`;
export const newestExtraSql = (where: string): string => `
  SELECT meter, code, arg_max(value, ts) AS value, max(ts)::DOUBLE AS ts
  FROM extra ${where} AND value IS NOT NULL GROUP BY meter, code`;
