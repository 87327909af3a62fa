import { afterEach, beforeEach, expect, test } from "vitest";
import { PlatformError } from "@smp/schemas";
import type { Connections } from "../src/questdb-documents.ts";
import { readUndone } from "../src/questdb-marks.ts";
import { Meters } from "../src/questdb-meters.ts";
import { expire } from "../src/questdb-retention.ts";
import { rollUp, type RollUp } from "../src/questdb-rollup.ts";
import { tablesOf, type Tables } from "../src/questdb-schema.ts";
import { connectSql, type Sql } from "../src/questdb-sql.ts";
import { settle } from "../src/questdb-visibility.ts";
import { ilpWriter, type IlpWriter } from "../src/questdb-write.ts";
import { questdbStore } from "../src/questdb.ts";
import type { Store } from "../src/index.ts";
import { at, HOUR, IMPORT, importOf, MINUTE, newMeter, reading, steady, trialOf } from "./trial.ts";

const url = process.env["QUESTDB_URL"];
const pgUrl = process.env["QUESTDB_PG_URL"];
if (url === undefined || pgUrl === undefined)
  throw new Error("set QUESTDB_URL and QUESTDB_PG_URL, or run npm run test:stack");

/** Another process that keeps the same tables, whose steps a test can hold or break. */
interface Keeper extends RollUp {
  before: (step: "quarters" | "done" | "drop") => Promise<void>;
}

let tables: Tables;
let prefix: string;
let sql: Sql;
let writers: IlpWriter[];
let store: Store;
let keeper: Keeper;

beforeEach(() => {
  prefix = `test_${Date.now().toString(36)}_${process.pid}_`;
  tables = tablesOf(prefix);
  sql = connectSql(pgUrl);
  store = questdbStore({ url, pgUrl, prefix });
  writers = [ilpWriter(url), ilpWriter(url, { once: true })];
  const meters = new Meters(tables);
  const [ilp, marks] = writers as [IlpWriter, IlpWriter];
  const held = (writer: IlpWriter, table: string, step: "quarters" | "done"): IlpWriter => ({
    ...writer,
    write: async (into, rows, fill) => {
      if (into === table) await keeper.before(step);
      await writer.write(into, rows, fill);
    },
  });
  const connections: Connections = {
    sql: {
      ...sql,
      query: async (text, ...rest) => {
        if (text.includes("DROP PARTITION")) await keeper.before("drop");
        return sql.query(text, ...rest);
      },
    },
    ilp: held(ilp, tables.quarters, "quarters"),
    marks: held(marks, tables.marks, "done"),
  };
  keeper = {
    before: async () => undefined,
    connections: async () => connections,
    settled: () => settle(sql, tables),
    asking: async () => {
      meters.forget();
      return { query: (text) => sql.query(text), tables, ...(await meters.known(connections)) };
    },
  };
});
afterEach(async () => {
  await store.close();
  for (const writer of writers) await writer.close();
  for (const table of Object.values(tables)) await sql.query(`DROP TABLE IF EXISTS ${String(table)}`);
  await sql.close();
});

const t0 = at("2026-03-01T10:00:00Z");
const { put, series, rawOf } = trialOf(() => store);
/** Of all time. */
const ALL = Number.MAX_SAFE_INTEGER;
const undone = async (): Promise<number> =>
  (await readUndone(sql, tables, { before: ALL, limit: 1_000 })).length;

test("what comes while its quarter hour is rolled up counts, and is rolled up the next time", async () => {
  const meter = newMeter();
  await put(reading(meter, t0, { [IMPORT]: 10 }), reading(meter, t0 + 10 * MINUTE, { [IMPORT]: 30 }));
  keeper.before = async (step) => {
    keeper.before = async () => undefined;
    expect(step).toBe("quarters");
    await put(reading(meter, t0 + 12 * MINUTE, { [IMPORT]: 75 }));
  };
  await rollUp(keeper, { before: ALL });
  expect(await undone()).toBe(1);
  expect(importOf(await series(meter, t0, t0 + HOUR))).toEqual([65]);
  await rollUp(keeper, { before: ALL });
  expect(await undone()).toBe(0);
  expect(importOf(await series(meter, t0, t0 + HOUR))).toEqual([65]);
});

test("killed before it said what it rolled up, it leaves the quarter hours dirty and the answers right", async () => {
  const meter = newMeter();
  await put(...steady(meter, t0, t0 + HOUR, 5 * MINUTE, 10));
  for (const at of ["quarters", "done"] as const) {
    keeper.before = async (step) => {
      if (step === at) throw new PlatformError("store-failed", "killed");
    };
    await expect(rollUp(keeper, { before: ALL })).rejects.toThrow("killed");
    expect(await undone()).toBe(4);
    expect(importOf(await series(meter, t0, t0 + HOUR))).toEqual([30, 30, 30, 20]);
  }
  keeper.before = async () => undefined;
  await rollUp(keeper, { before: ALL });
  expect(await undone()).toBe(0);
  await put(reading(meter, t0 + HOUR, { [IMPORT]: 1_200 }));
  expect(importOf(await series(meter, t0, t0 + 2 * HOUR))).toEqual([30, 30, 30, 110, null]);
});

test("old readings that come while the old ones are let go are neither lost nor counted twice", async () => {
  const [meter, late] = [newMeter(), newMeter()];
  await put(...steady(meter, t0, t0 + HOUR, 5 * MINUTE, 10));
  let appended: Promise<void> | undefined;
  keeper.before = async (step) => {
    if (step === "drop") appended ??= store.append(steady(late, t0, t0 + HOUR, 5 * MINUTE, 4));
  };
  const cut = { rawMs: at("2026-03-02T00:00:00Z"), rollUpMs: 0 };
  expect(await expire(cut, tables, keeper)).toBe(true);
  await appended;
  await store.settled();
  expect(await rawOf(meter)).toEqual([]);
  expect(importOf(await series(late, t0, t0 + HOUR))).toEqual([12, 12, 12, 8]);
  expect(await expire(cut, tables, keeper)).toBe(true);
  expect(await rawOf(late)).toEqual([]);
  for (const [each, wh] of [
    [meter, 10],
    [late, 4],
  ] as const)
    expect(importOf(await series(each, t0, t0 + HOUR))).toEqual([3 * wh, 3 * wh, 3 * wh, 2 * wh]);
  expect((await store.latest([late]))[0]).toMatchObject({ t: t0 + 55 * MINUTE });
  await expect(store.backup("/nowhere")).rejects.toMatchObject({ code: "backup-impossible" });
});

test("killed while letting go, old readings are refused until another process has finished it", async () => {
  const meter = newMeter();
  await put(...steady(meter, t0, t0 + HOUR, 5 * MINUTE, 10));
  keeper.before = async (step) => {
    if (step === "drop") throw new PlatformError("store-failed", "killed");
  };
  const cut = { rawMs: at("2026-03-02T00:00:00Z"), rollUpMs: 0 };
  await expect(expire(cut, tables, keeper)).rejects.toThrow("killed");
  let isDone = false;
  const waiting = (async () => {
    await store.append([reading(meter, t0 + 2 * HOUR, { [IMPORT]: 1_200 })]);
    isDone = true;
  })();
  await store.append([reading(meter, Date.now(), { [IMPORT]: 1_500 })]);
  expect(isDone).toBe(false);
  await store.maintain();
  await waiting;
  await store.settled();
  expect(importOf(await series(meter, t0, t0 + 3 * HOUR, "range"))).toEqual([200]);
});

test("a store from before the roll-up answers the same, and is rolled up", async () => {
  const meter = newMeter();
  await put(...steady(meter, t0, t0 + HOUR, 5 * MINUTE, 10));
  await store.close();
  // Not DROP TABLE: on connections that the client keeps, the server takes rows for the dropped table, and loses them.
  await sql.query(`TRUNCATE TABLE ${tables.marks}`);
  await sql.query(`DROP TABLE ${tables.quarters}`);
  store = questdbStore({ url, pgUrl, prefix });
  await store.settled();
  expect(importOf(await series(meter, t0, t0 + HOUR))).toEqual([30, 30, 30, 20]);
  await store.maintain();
  expect(await undone()).toBe(0);
  expect(importOf(await series(meter, t0, t0 + HOUR))).toEqual([30, 30, 30, 20]);
});
