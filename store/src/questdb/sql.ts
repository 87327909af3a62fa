// oxlint-disable-next-line typescript/triple-slash-reference -- an ambient module cannot be imported; other packages compile this source too
/// <reference path="./pg.d.ts" />
import { Pool, types } from "pg";
import { messageOf, METER_ID, PlatformError } from "@smp/schemas";
import { Lanes } from "../lanes.ts";

/** QuestDB serves 64 connections by default, to everybody. */
const CONNECTIONS = 4;
const CONNECT_MS_MAX = 10_000;
const QUERY_MS_MAX = 60_000;
const INT8 = 20;

export type Row = Readonly<Record<string, unknown>>;

/** Reads and DDL over QuestDB's PostgreSQL interface. */
export interface Sql {
  query(sql: string, values?: readonly unknown[], options?: { heavy?: boolean }): Promise<Row[]>;
  /** Two small statements in one message: what the second reads of its tables is not older than what the first read of its. */
  pair(first: string, second: string): Promise<[Row[], Row[]]>;
  close(): Promise<void>;
}

export function connectSql(url: string): Sql {
  const pool = new Pool({
    connectionString: url,
    max: CONNECTIONS,
    connectionTimeoutMillis: CONNECT_MS_MAX,
    query_timeout: QUERY_MS_MAX,
    // Times in microseconds are exact as numbers until the year 2255; a Date would go through local time.
    types: { getTypeParser: (oid, format) => (oid === INT8 ? Number : types.getTypeParser(oid, format)) },
  });
  // A connection that breaks while it is idle is replaced at the next query, which reports if that fails too.
  pool.on("error", () => undefined);
  const light = new Lanes("read", CONNECTIONS);
  const heavy = new Lanes("read much", 1);
  const send = async (sql: string, values?: readonly unknown[]): Promise<readonly { rows: Row[] }[]> => {
    try {
      return [await pool.query(sql, values)].flat();
    } catch (error) {
      throw new PlatformError("store-failed", `QuestDB could not do it: ${describe(error)}`, {
        cause: error,
        retryable: true,
      });
    }
  };
  const query = async (sql: string, values: readonly unknown[]): Promise<Row[]> =>
    (await send(sql, values))[0]?.rows ?? [];
  return {
    pair: (first, second) =>
      light.run(async () => {
        const [one, two] = await send(`${first};\n${second}`);
        if (!one || !two) throw new Error("two statements have two answers");
        return [one.rows, two.rows];
      }),
    query: (sql, values = [], options = {}) =>
      options.heavy === true
        ? heavy.run(() => light.run(() => query(sql, values)))
        : light.run(() => query(sql, values)),
    close: async () => {
      await Promise.all([light.idle(), heavy.idle()]);
      await pool.end();
    },
  };
}

/** A refused connection is an AggregateError without a message of its own. */
function describe(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(String).join("; ");
  return messageOf(error);
}

/** A time as a literal, which QuestDB turns into an interval of partitions. */
export const timeLiteral = (ms: number): string => `'${new Date(ms).toISOString()}'`;

/** Whether an id can be a meter's, and so may stand in SQL: it has no quote. */
export const isMeterId = (id: string): boolean => METER_ID.test(id);
/** The ids that can be meters', each once; others have no readings. */
export const knownForms = (meters: readonly string[]): string[] => [...new Set(meters)].filter(isMeterId);
/** For ids that are meters'. */
export const list = (meters: readonly string[]): string => meters.map((meter) => `'${meter}'`).join(", ");

/**
 * Selects a row's numbers as one text: node-postgres takes half a microsecond for each value, and as long again for its name in the
 * row.
 */
export const packSql = (columns: readonly string[]): string =>
  `concat('[', ${columns.join(", ',', ")}, ']') AS packed`;
/** What `packSql` selected of a meter, in that order. */
export interface Packed {
  meter: string;
  numbers: readonly (number | null)[];
}
/** Of doubles the server writes NaN where there is none. */
export const unpack = (row: Row): Packed => ({
  meter: String(row["meter"]),
  numbers: JSON.parse(String(row["packed"]).replaceAll("NaN", "null")) as (number | null)[],
});

export const numberOf = (value: unknown): number | null => (typeof value === "number" ? value : null);
