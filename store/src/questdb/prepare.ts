import { WIDE } from "../columns.ts";
import { markAllDaysSql, markAllSql } from "./marks.ts";
import type { Tables } from "./schema.ts";
import type { Sql } from "./sql.ts";
import { settle } from "./visibility.ts";

const counter = (name: string): string =>
  `${name}_first DOUBLE, ${name}_last DOUBLE, ${name}_gained DOUBLE, ${name}_first_us LONG, ${name}_last_us LONG`;
/**
 * - `readings`: one row per reading, so that one request commits it whole and the upsert key replaces it whole. Registers
 *   without a column rest in `extra` as JSON `{r, u}`; `extra_codes` lists them, to find the newest of each.
 *   No TTL: a late row older than it would be lost before it is rolled up. See retention.ts.
 *   A deleted reading has no `received`: only its time is left of it.
 * - `documents`, `rejected`: logs in order of `ts`, the time of writing. A deleted rejected message has no topic.
 * - `deleted`: meters whose readings received before a time must not come back.
 * - `quarters`: the roll-up, one row per meter and quarter hour with a reading. `received` is the earliest of its readings,
 *   `cuts` the sum of the instants of the exchanges that its gains know of, in ms.
 * - `marks`, `day_marks`: see marks.ts. - `days`: see days.ts.
 * - `newest`: what is known of a meter from raw readings that are gone, at `ts` 0.
 * - `expired`: a row before raw readings are let go (`finished` 0), and one after.
 */
const ddl = (tables: Tables): readonly string[] => [
  `CREATE TABLE IF NOT EXISTS ${tables.readings} (ts TIMESTAMP, meter SYMBOL, device SYMBOL, s LONG, received LONG, quality INT,
    ${WIDE.map(({ column }) => `${column} DOUBLE`).join(", ")}, extra VARCHAR, extra_codes VARCHAR)
    TIMESTAMP(ts) PARTITION BY DAY WAL DEDUP UPSERT KEYS(ts, meter)`,
  `CREATE TABLE IF NOT EXISTS ${tables.documents} (ts TIMESTAMP, kind SYMBOL, id VARCHAR, value VARCHAR, t LONG)
    TIMESTAMP(ts) PARTITION BY MONTH WAL`,
  `CREATE TABLE IF NOT EXISTS ${tables.rejected} (ts TIMESTAMP, device SYMBOL, topic VARCHAR, code SYMBOL, detail VARCHAR,
    received LONG, idx INT, payload VARCHAR) TIMESTAMP(ts) PARTITION BY DAY TTL 1 YEAR WAL`,
  `CREATE TABLE IF NOT EXISTS ${tables.deleted} (ts TIMESTAMP, meter SYMBOL, before LONG) TIMESTAMP(ts) PARTITION BY YEAR WAL`,
  `CREATE TABLE IF NOT EXISTS ${tables.marks} (ts TIMESTAMP, meter SYMBOL, quarter LONG, done LONG, mark LONG)
    TIMESTAMP(ts) PARTITION BY HOUR WAL DEDUP UPSERT KEYS(ts, meter, quarter, done)`,
  `CREATE TABLE IF NOT EXISTS ${tables.dayMarks} (ts TIMESTAMP, meter SYMBOL, quarter LONG, done LONG, mark LONG)
    TIMESTAMP(ts) PARTITION BY DAY WAL DEDUP UPSERT KEYS(ts, meter, quarter, done)`,
  `CREATE TABLE IF NOT EXISTS ${tables.newest} (ts TIMESTAMP, meter SYMBOL, state VARCHAR)
    TIMESTAMP(ts) PARTITION BY YEAR WAL DEDUP UPSERT KEYS(ts, meter)`,
  `CREATE TABLE IF NOT EXISTS ${tables.expired} (ts TIMESTAMP, id LONG, raw_ms LONG, rollup_ms LONG, finished LONG)
    TIMESTAMP(ts) PARTITION BY YEAR WAL`,
];
const quartersDdl = (tables: Tables): string => `
  CREATE TABLE IF NOT EXISTS ${tables.quarters} (ts TIMESTAMP, meter SYMBOL, n LONG, first_us LONG, last_us LONG,
    ${counter("imp")}, ${counter("exp")}, p_sum DOUBLE, p_n LONG, p_min DOUBLE, p_max DOUBLE, received LONG, cuts LONG)
    TIMESTAMP(ts) PARTITION BY MONTH WAL DEDUP UPSERT KEYS(ts, meter)`;
const daysDdl = (tables: Tables): string => `
  CREATE TABLE IF NOT EXISTS ${tables.days} (ts TIMESTAMP, meter SYMBOL, n LONG, seen LONG, first_us LONG, last_us LONG,
    ${counter("imp")}, ${counter("exp")}, imp_unallocated DOUBLE, exp_unallocated DOUBLE, p_sum DOUBLE, p_n LONG, p_min DOUBLE, p_max DOUBLE)
    TIMESTAMP(ts) PARTITION BY YEAR WAL DEDUP UPSERT KEYS(ts, meter)`;

/** Makes what is missing. */
export async function prepareTables(sql: Sql, tables: Tables): Promise<void> {
  for (const statement of ddl(tables)) await sql.query(statement);
  const present = await sql.query(`SELECT "column" AS name FROM table_columns('${tables.readings}')`);
  const names = new Set(present.map(({ name }) => name));
  // A register that the register table has learnt since the table was made; its older values rest in `extra`.
  for (const { column } of WIDE)
    if (!names.has(column))
      await sql.query(`ALTER TABLE ${tables.readings} ADD COLUMN IF NOT EXISTS ${column} DOUBLE`);
  // Of a store from before one of the roll-ups, all is to be rolled up. The marks must be seen before the table is there.
  const roll = async (table: string, markAll: string, ddlOf: string): Promise<void> => {
    const found = await sql.query("SELECT table_name FROM tables() WHERE table_name = $1", [table]);
    if (found.length > 0) return;
    await sql.query(markAll);
    await settle(sql, tables);
    await sql.query(ddlOf);
  };
  await roll(tables.quarters, markAllSql(tables), quartersDdl(tables));
  await roll(tables.days, markAllDaysSql(tables), daysDdl(tables));
}
