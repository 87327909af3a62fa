import { chmodSync, mkdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { PlatformError } from "@smp/schemas";
import { DuckDBInstance, type DuckDBConnection } from "@duckdb/node-api";
import { migrate } from "./migrate.ts";
import { TEMPORARY } from "./schema.ts";
import { Lanes } from "../lanes.ts";
import { Threads } from "./threads.ts";
import type { Retention } from "../retention.ts";
import { WriteFaults } from "./write-faults.ts";

/** Small queries at once; one of them may be a heavy one. */
const READERS = 2;
const QUERY_MS_MAX = 60_000;
/** Bytes of write-ahead log before it is folded into the file. */
const CHECKPOINT = "64MB";

export interface DuckdbOptions {
  /** The database file; its folder is made. */
  file: string;
  memoryLimitMb?: number;
  /** For what is large; everything else has one. 2 if absent. */
  threads?: number;
  now?: () => number;
  /** For ever when not given. */
  retention?: Retention;
  /** Quarter hours rolled up in one transaction: many are faster, and let writers wait longer. */
  rollUpAtOnce?: number;
  /** Meters times quarter hours above which a series is folded in SQL instead of outside; both give the same. */
  foldInSqlAbove?: number;
  /** Hears that a file of an older release is about to be changed for good. */
  notice?: (sentence: string) => void;
}

/** The open database: one writing connection behind a queue, and a few reading ones. */
export interface Database {
  /** One transaction; `committed` runs after it is durable and before the next one begins. */
  write<T>(task: (connection: DuckDBConnection) => Promise<T>, committed?: (result: T) => void): Promise<T>;
  /** The writers' turn for a task that makes its own transaction, or is one statement; `committed` as of `write`. */
  turn<T>(task: (connection: DuckDBConnection) => Promise<T>, committed: (result: T) => void): Promise<T>;
  /** One snapshot for a task that takes long, on a connection of its own. */
  snapshot<T>(task: (connection: DuckDBConnection) => Promise<T>): Promise<T>;
  /** One snapshot for everything that the task reads. */
  read<T>(task: (connection: DuckDBConnection) => Promise<T>, options?: { heavy?: boolean }): Promise<T>;
  /** A connection for a task that is one statement, which has a snapshot of its own, or makes its own transaction: BEGIN and COMMIT each wait for a thread. */
  ask<T>(task: (connection: DuckDBConnection) => Promise<T>): Promise<T>;
  /** Why the last write failed, for a while, or until one succeeds: a full disk lets everything be read. */
  writeFault(): string | undefined;
  close(): Promise<void>;
}

/** Where the database itself may write files; backups go on from there. */
export const stagingOf = (file: string): string => join(dirname(resolve(file)), "backup");

/** Files that this process has open: the operating system's lock only keeps other processes out. */
const openFiles = new Set<string>();

const locked = (file: string, cause?: unknown): PlatformError => {
  const pid = /PID (\d+)/.exec(String(cause))?.[1];
  return new PlatformError(
    "store-locked",
    `another process${pid ? ` (PID ${pid})` : ""} has ${file} open: stop it, or set SMP_DATA_DIR to another folder`,
    { cause, retryable: true },
  );
};

export async function openDatabase(options: DuckdbOptions): Promise<Database> {
  const file = resolve(options.file);
  if (openFiles.has(file)) throw locked(file);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  openFiles.add(file);
  try {
    return await connect(file, options);
  } catch (error) {
    openFiles.delete(file);
    // Not "lock" alone: of a damaged file it says in which block.
    if (/could not set lock/i.test(String(error))) throw locked(file, error);
    throw error instanceof PlatformError
      ? error
      : new PlatformError("store-open", `cannot open ${file}: ${String(error)}`, { cause: error });
  }
}

/** Everybody's readings are in it, and DuckDB makes it readable by all users of the machine. */
export function makePrivate(file: string): void {
  try {
    chmodSync(file, 0o600);
  } catch {
    // Another user's file, or a file system without modes: as its operator made it.
  }
}

async function connect(file: string, options: DuckdbOptions): Promise<Database> {
  const instance = await DuckDBInstance.create(file, {
    memory_limit: `${options.memoryLimitMb ?? 512}MB`,
    threads: "1",
    checkpoint_threshold: CHECKPOINT,
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
  });
  makePrivate(file);
  const writer = await instance.connect();
  try {
    await writer.run(`SET allowed_directories = ['${stagingOf(file).replaceAll("'", "''")}/']`);
    await writer.run("SET enable_external_access = false");
    await writer.run("SET allowed_configs = ['threads']");
    await prepare(writer, file, options.notice);
  } catch (error) {
    writer.closeSync();
    instance.closeSync();
    throw error;
  }
  const readers = await Promise.all(Array.from({ length: READERS }, () => instance.connect()));
  const writing = new Lanes("write", 1);
  const reading = new Lanes("read", READERS);
  const heavy = new Lanes("read much", 1);
  const snapshots = new Lanes("back up", 1);
  const threads = new Threads(await instance.connect(), options.threads ?? 2);
  const ask = <T>(task: (connection: DuckDBConnection) => Promise<T>): Promise<T> =>
    reading.run((lane) => limited(readers[lane] as DuckDBConnection, task)).catch(fail);
  const read = <T>(task: (connection: DuckDBConnection) => Promise<T>): Promise<T> =>
    ask((connection) => transaction(connection, task));
  const faults = new WriteFaults();
  const turn: Database["turn"] = (task, committed) =>
    writing.run(async () => {
      const result = await faults.of(() => task(writer).catch(fail));
      committed(result);
      return result;
    });
  return {
    turn,
    write: (task, committed) =>
      turn((connection) => transaction(connection, task), committed ?? (() => undefined)),
    ask,
    read: (task, { heavy: isHeavy = false } = {}) =>
      isHeavy ? heavy.run(() => threads.forLarge(() => read(task))) : read(task),
    snapshot: (task) =>
      snapshots.run(async () => {
        const connection = await instance.connect();
        return threads.forLarge(() => transaction(connection, task)).finally(() => connection.closeSync());
      }),
    writeFault: () => faults.current,
    close: async () => {
      await Promise.all([snapshots.idle(), heavy.idle(), reading.idle(), writing.idle()]);
      for (const connection of [...readers, writer]) connection.closeSync();
      threads.close();
      instance.closeSync();
      openFiles.delete(file);
    },
  };
}

async function prepare(
  writer: DuckDBConnection,
  file: string,
  notice: DuckdbOptions["notice"],
): Promise<void> {
  await writer.run("BEGIN");
  await migrate(writer, file, notice);
  for (const sql of ["COMMIT", ...TEMPORARY, "SET lock_configuration = true"]) await writer.run(sql);
}

/** What DuckDB throws, as something that may be tried again. */
function fail(error: unknown): never {
  if (error instanceof PlatformError) throw error;
  throw new PlatformError("store-failed", `the store could not do it: ${String(error)}`, {
    cause: error,
    retryable: true,
  });
}

/** All that the task does, or nothing of it. */
export async function transaction<T>(
  connection: DuckDBConnection,
  task: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  await connection.run("BEGIN");
  let result: T;
  try {
    result = await task(connection);
    await connection.run("COMMIT");
  } catch (error) {
    // After a failed COMMIT there is nothing left to roll back.
    await connection.run("ROLLBACK").catch(() => undefined);
    return fail(error);
  }
  return result;
}

async function limited<T>(
  connection: DuckDBConnection,
  task: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  const timer = setTimeout(() => connection.interrupt(), QUERY_MS_MAX);
  try {
    return await task(connection);
  } finally {
    clearTimeout(timer);
  }
}
