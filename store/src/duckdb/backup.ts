import { existsSync } from "node:fs";
import { cp, mkdir, rename, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { DuckDBInstance, type DuckDBConnection } from "@duckdb/node-api";
import { PlatformError, QUARTER_HOUR_MS } from "@smp/schemas";
import {
  BACKUP_FORMAT,
  compare,
  readManifest,
  writeBackup,
  type BackupSummary,
  type Contents,
} from "../backup/backup.ts";
import { EXPORT, IMPORT } from "../columns.ts";
import { daysSql } from "./days.ts";
import { migrate } from "./migrate.ts";
import { columnsOf } from "./columns.ts";
import { SCHEMA_VERSION } from "./schema.ts";
import { makePrivate, stagingOf, type Database } from "./open.ts";

/** Tables of a backup, and which of their columns hold a name's number: there the name is written. */
const TABLES: Readonly<Record<string, readonly string[]>> = {
  readings: ["meter", "device"],
  extra: ["meter"],
  quarters: ["meter"],
  states: ["meter", "device"],
  newest: ["meter"],
  documents: [],
  rejected: [],
  deleted: [],
  expired: [],
};

/** Quarter hours that wait for a roll-up are left out: restored, they are rolled up anew. */
const rowsOf = (table: string): string =>
  table === "quarters" ? "(SELECT * FROM quarters ANTI JOIN dirty USING (meter, b))" : table;

const joined = (source: string, named: readonly string[], from: "id" | "name", to: "id" | "name"): string =>
  `SELECT t.* ${named.length > 0 ? `REPLACE (${named.map((column) => `${column}_of.${to} AS ${column}`).join(", ")})` : ""}
   FROM ${source} t ${named.map((column) => `JOIN names ${column}_of ON ${column}_of.${from} = t.${column}`).join(" ")}`;

const quoted = (path: string): string => `'${path.replaceAll("'", "''")}'`;
const parquet = (folder: string, table: string): string => quoted(join(folder, `${table}.parquet`));

/** Rows and sums of tables as `source` names them. */
async function summarise(connection: DuckDBConnection, source: (table: string) => string): Promise<Contents> {
  const rows: Record<string, number> = {};
  for (const table of Object.keys(TABLES)) {
    const [count = []] = await columnsOf(connection, `SELECT count(*)::DOUBLE FROM ${source(table)}`);
    rows[table] = Number(count[0]);
  }
  const sum = async (expression: string, table: string): Promise<number> => {
    const [found = []] = await columnsOf(
      connection,
      `SELECT sum((${expression})::HUGEINT)::DOUBLE FROM ${source(table)}`,
    );
    return Number(found[0] ?? 0);
  };
  const energy = (name: string): string => `coalesce(${name}_gained, 0) + coalesce(${name}_next, 0)`;
  return {
    rows,
    sums: {
      importCounterWh: await sum(IMPORT, "readings"),
      exportCounterWh: await sum(EXPORT, "readings"),
      importWh: await sum(energy("imp"), "quarters"),
      exportWh: await sum(energy("exp"), "quarters"),
    },
  };
}

/** Writes a backup of one snapshot while the store goes on working. */
export async function backupDatabase(
  database: Database,
  file: string,
  folder: string,
): Promise<BackupSummary> {
  const staging = stagingOf(file);
  return writeBackup(folder, async (part) => {
    await rm(staging, { recursive: true, force: true });
    await mkdir(staging, { recursive: true, mode: 0o700 });
    try {
      const found = await database.snapshot(async (connection) => {
        for (const [table, named] of Object.entries(TABLES))
          await connection.run(
            `COPY (${joined(rowsOf(table), named, "id", "name")}) TO ${parquet(staging, table)} (FORMAT parquet, COMPRESSION zstd)`,
          );
        const written = await summarise(connection, (table) => `read_parquet(${parquet(staging, table)})`);
        compare(await summarise(connection, rowsOf), written);
        return written;
      });
      // Perhaps on another disk.
      await cp(staging, part, { recursive: true });
      const created = new Date().toISOString();
      return { format: BACKUP_FORMAT, tables: SCHEMA_VERSION, engine: "duckdb", created, ...found };
    } finally {
      await rm(staging, { recursive: true, force: true });
    }
  });
}

/** Makes a store's file from a backup, of either engine; throws `store-not-empty` when there is one. */
export async function restoreDatabase(file: string, folder: string): Promise<BackupSummary> {
  const summary = await readManifest(folder);
  const target = resolve(file);
  // A killed process leaves its log beside the file: DuckDB would replay that into whatever has the file's name.
  const present = [target, `${target}.wal`].find((path) => existsSync(path));
  if (present !== undefined)
    throw new PlatformError(
      "store-not-empty",
      `${present} exists: move it away, or set SMP_DATA_DIR to another folder`,
    );
  await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  const part = `${target}.restoring`;
  const discard = async (): Promise<void> => {
    for (const path of [part, `${part}.wal`]) await rm(path, { force: true });
  };
  await discard();
  try {
    const instance = await DuckDBInstance.create(part, { memory_limit: "512MB", threads: "2" });
    makePrivate(part);
    const connection = await instance.connect();
    try {
      await fill(connection, resolve(folder));
      compare(summary, await summarise(connection, (table) => table));
      await connection.run(MARK);
      await connection.run("COMMIT");
      await connection.run("CHECKPOINT");
    } finally {
      connection.closeSync();
      instance.closeSync();
    }
    await rename(part, target);
    return summary;
  } catch (error) {
    await discard();
    throw error;
  }
}

/** Quarter hours that have raw readings and no roll-up. */
const MARK = `
  INSERT INTO dirty SELECT DISTINCT meter, (ts // ${QUARTER_HOUR_MS})::INTEGER AS b FROM readings ANTI JOIN quarters
    ON readings.meter = quarters.meter AND (readings.ts // ${QUARTER_HOUR_MS})::INTEGER = quarters.b`;

async function fill(connection: DuckDBConnection, folder: string): Promise<void> {
  await connection.run("BEGIN");
  await migrate(connection, folder);
  const source = (table: string): string => `read_parquet(${parquet(folder, table)})`;
  const names = Object.entries(TABLES).flatMap(([table, named]) =>
    named.map((column) => `SELECT ${column} AS name FROM ${source(table)}`),
  );
  await connection.run(
    `INSERT INTO names (id, name) SELECT row_number() OVER (ORDER BY name) - 1, name FROM (${names.join(" UNION ")})`,
  );
  for (const [table, named] of Object.entries(TABLES))
    await connection.run(`INSERT INTO ${table} BY NAME ${joined(source(table), named, "name", "id")}`);
  await connection.run(`INSERT INTO days ${daysSql("FROM quarters")}`);
}
