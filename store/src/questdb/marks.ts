import { randomInt } from "node:crypto";
import { DAY_MS, HOUR_MS } from "@smp/schemas";
import type { Tables } from "./schema.ts";
import { list, numberOf, type Row, type Sql } from "./sql.ts";
import type { IlpWriter } from "./write.ts";

/**
 * Which quarter hours must be rolled up. `marks` has a row with `done` 0 per meter and quarter hour that readings came for,
 * by the hour of writing, and beside it one with `done` 1. `mark` is a random number: a quarter hour is dirty as long as the
 * two differ.
 *
 * - A mark is written after its readings are committed: who sees it, and then waits for the readings, sees them all.
 * - Each mark is new and sent once, the last one stays. So whoever rolled up for an older one has not rolled up for it.
 * - `done` is written after the roll-up is visible. Two who roll up the same do no harm.
 */
export interface Quarterly {
  meter: string;
  /** Start of the quarter hour, or day. */
  from: number;
}
export interface Mark extends Quarterly {
  writtenUs: number;
  mark: number;
}

/** Marks that are done are kept so long: no clock is so wrong, and no write so late. */
const KEPT_MS = 6 * HOUR_MS;
const newMark = (): number => randomInt(1, 2 ** 48 - 1);

/** A table of marks, by the hour or the day of writing. */
export interface Marks {
  table: string;
  everyMs: number;
}
/** Of quarter hours. */
export const quarterMarks = ({ marks }: Tables): Marks => ({ table: marks, everyMs: HOUR_MS });
/** Of days, for what is rolled up from quarter hours: `quarter` is the day's start. */
export const dayMarks = ({ dayMarks: table }: Tables): Marks => ({ table, everyMs: DAY_MS });

/** `ilp` must send once. */
export async function writeMarks(
  ilp: IlpWriter,
  { table, everyMs }: Marks,
  quarters: readonly Quarterly[],
): Promise<void> {
  const writtenMs = Math.floor(Date.now() / everyMs) * everyMs;
  await ilp.write(table, quarters, async (sender, { meter, from }) => {
    await sender
      .symbol("meter", meter)
      .intColumn("quarter", from)
      .intColumn("done", 0)
      .intColumn("mark", newMark())
      .at(writtenMs, "ms");
  });
}

export async function writeDone(ilp: IlpWriter, { table }: Marks, marks: readonly Mark[]): Promise<void> {
  await ilp.write(table, marks, async (sender, { meter, from, writtenUs, mark }) => {
    await sender
      .symbol("meter", meter)
      .intColumn("quarter", from)
      .intColumn("done", 1)
      .intColumn("mark", mark)
      .at(writtenUs, "us");
  });
}

/** Marks all that there are readings of. */
export const markAllSql = (tables: Tables): string => `
  INSERT INTO ${tables.marks} SELECT timestamp_floor('h', now()), meter, quarter, 0, ${newMark()} FROM (
    SELECT DISTINCT meter, timestamp_floor('15m', ts)::long / 1000 AS quarter
    FROM ${tables.readings} WHERE received IS NOT NULL)`;

/** Marks all days that there are quarter hours of. */
export const markAllDaysSql = (tables: Tables): string => `
  INSERT INTO ${tables.dayMarks} SELECT timestamp_floor('d', now()), meter, quarter, 0, ${newMark()} FROM (
    SELECT DISTINCT meter, timestamp_floor('d', ts)::long / 1000 AS quarter FROM ${tables.quarters} WHERE n > 0)`;

const undoneSql = ({ table }: Marks, where: string): string => `
  SELECT written_us, meter, quarter, mark FROM (
    SELECT ts::long AS written_us, meter, quarter, max(CASE WHEN done = 0 THEN mark ELSE 0 END) AS mark,
      max(CASE WHEN done = 1 THEN mark ELSE 0 END) AS done_mark
    FROM ${table} ${where} GROUP BY ts, meter, quarter)
  WHERE mark > 0 AND mark <> done_mark`;

const markOf = (row: Row): Mark => ({
  meter: String(row["meter"]),
  from: numberOf(row["quarter"]) ?? 0,
  writtenUs: numberOf(row["written_us"]) ?? 0,
  mark: numberOf(row["mark"]) ?? 0,
});

/** The oldest quarter hours that are dirty: before an instant, or after a later one. */
export async function readUndone(
  sql: Sql,
  marks: Marks,
  { before, after = Number.MAX_SAFE_INTEGER, limit }: { before: number; after?: number; limit: number },
): Promise<Mark[]> {
  const rows = await sql.query(
    `${undoneSql(marks, `WHERE quarter < ${before} OR quarter > ${after}`)} ORDER BY quarter LIMIT ${limit}`,
  );
  return rows.map(markOf);
}

interface Dirt {
  meters: readonly string[];
  from?: number;
  to?: number;
}
/** Asks for the dirty quarter hours of some meters, which METER_ID has passed. */
export const dirtySql = (marks: Marks, { meters, from = 0, to = Number.MAX_SAFE_INTEGER }: Dirt): string =>
  undoneSql(marks, `WHERE meter IN (${list(meters)}) AND quarter >= ${from} AND quarter < ${to}`);

/** What it finds, in order of time, each once. */
export function dirtyOf(rows: readonly Row[]): Quarterly[] {
  const found = new Map<string, Quarterly>();
  for (const mark of rows.map(markOf)) found.set(keyOf(mark), { meter: mark.meter, from: mark.from });
  return [...found.values()].sort((a, b) => a.from - b.from);
}

export const readDirty = async (
  query: (sql: string) => Promise<Row[]>,
  marks: Marks,
  dirt: Dirt,
): Promise<Quarterly[]> => dirtyOf(await query(dirtySql(marks, dirt)));

export const keyOf = ({ meter, from }: Quarterly): string => `${meter} ${from}`;

/** Lets go of marks whose hour, or day, of writing is long done. */
export async function dropOldMarks(sql: Sql, marks: Marks): Promise<void> {
  const { table, everyMs } = marks;
  const [oldest] = await sql.query(`SELECT min(written_us) AS written_us FROM (${undoneSql(marks, "")})`);
  const cutMs = Math.min(Date.now() - KEPT_MS, (numberOf(oldest?.["written_us"]) ?? Infinity) / 1000);
  await dropPartitions(sql, table, Math.floor(cutMs / everyMs) * everyMs);
}

/** Drops the partitions that end before an instant; nothing when there are none. */
export async function dropPartitions(sql: Sql, table: string, beforeMs: number): Promise<void> {
  const names = await partitionsBefore(sql, table, beforeMs);
  if (names.length === 0) return;
  await sql.query(`ALTER TABLE ${table} DROP PARTITION LIST ${names.map((name) => `'${name}'`).join(", ")}`);
}

export async function partitionsBefore(sql: Sql, table: string, beforeMs: number): Promise<string[]> {
  const rows = await sql.query(
    `SELECT name, maxTimestamp::long AS max_us FROM table_partitions('${table}') WHERE numRows > 0`,
  );
  return rows
    .filter((row) => (numberOf(row["max_us"]) ?? Infinity) < beforeMs * 1000)
    .map(({ name }) => String(name));
}
