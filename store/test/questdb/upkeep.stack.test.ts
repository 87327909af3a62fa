import { afterEach, beforeEach, expect, test } from "vitest";
import { PlatformError } from "@smp/schemas";
import { Documents, type Connections } from "../../src/questdb/documents.ts";
import { rollUpDays } from "../../src/questdb/days.ts";
import { dayMarks, quarterMarks, readUndone, writeMarks } from "../../src/questdb/marks.ts";
import { Meters } from "../../src/questdb/meters.ts";
import { expire } from "../../src/questdb/retention.ts";
import { quartersOf, rollUp, type RollUp } from "../../src/questdb/rollup.ts";
import { tablesOf, type Tables } from "../../src/questdb/schema.ts";
import { connectSql, type Sql } from "../../src/questdb/sql.ts";
import { settle } from "../../src/questdb/visibility.ts";
import { ilpWriter, type IlpWriter } from "../../src/questdb/write.ts";
import { questdbStore } from "../../src/questdb.ts";
import type { Bucket, Store } from "../../src/index.ts";
import { at, DAY, HOUR, IMPORT, importOf, MINUTE, newMeter, reading, steady, trialOf } from "../trial.ts";

const url = process.env["QUESTDB_URL"];
const pgUrl = process.env["QUESTDB_PG_URL"];
if (url === undefined || pgUrl === undefined)
  throw new Error("set QUESTDB_URL and QUESTDB_PG_URL, or run npm run test:stack");

/** Another process that keeps the same tables, whose steps a test can hold or break. */
interface Keeper extends RollUp {
  before: (step: Step) => Promise<void>;
}
/** Writes of a roll-up: quarter hours, the marks of their days, that they are done; and days, that they are done. */
type Step = "quarters" | "day marks" | "done" | "days" | "drop";

let tables: Tables;
let prefix: string;
let sql: Sql;
let writers: IlpWriter[];
let store: Store;
let keeper: Keeper;

/** Folds all in SQL, from days where there are any. */
const opened = (): Store => questdbStore({ url, pgUrl, prefix, foldInSqlAbove: 0 });

beforeEach(() => {
  prefix = `test_${Date.now().toString(36)}_${process.pid}_`;
  tables = tablesOf(prefix);
  sql = connectSql(pgUrl);
  store = opened();
  writers = [ilpWriter(url), ilpWriter(url, { once: true })];
  const meters = new Meters(tables);
  const [ilp, marks] = writers as [IlpWriter, IlpWriter];
  const steps = new Map<string, Step>([
    [tables.quarters, "quarters"],
    [tables.days, "days"],
    [tables.marks, "done"],
    [tables.dayMarks, "day marks"],
  ]);
  const held = (writer: IlpWriter): IlpWriter => ({
    ...writer,
    write: async (into, rows, fill) => {
      const step = steps.get(into);
      if (step) await keeper.before(step);
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
    ilp: held(ilp),
    marks: held(marks),
  };
  keeper = {
    before: async () => undefined,
    connections: async () => connections,
    settled: () => settle(sql, tables),
    asking: async () => {
      meters.forget();
      return {
        query: (text) => sql.query(text),
        pair: (first, second) => sql.pair(first, second),
        tables,
        ...(await meters.known(connections)),
      };
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
const undone = async (marks = quarterMarks(tables)): Promise<number> =>
  (await readUndone(sql, marks, { before: ALL, limit: 1_000 })).length;

test("of two statements in one message, the second never sees less than the first, while rows come", async () => {
  const meter = newMeter();
  await put(reading(meter, t0, { [IMPORT]: 10 }));
  const count = `SELECT count() AS n FROM ${tables.readings}`;
  const over = new AbortController();
  const writing = (async () => {
    for (let row = 1; !over.signal.aborted; row++)
      await store.append([reading(meter, t0 + row, { [IMPORT]: 10 })]);
  })();
  const seen = new Set<unknown>();
  for (let round = 0; seen.size < 20 && round < 5_000; round++) {
    const [[first], [second]] = await sql.pair(count, count);
    seen.add(first?.["n"]);
    expect(second?.["n"]).toBeGreaterThanOrEqual(Number(first?.["n"]));
  }
  over.abort();
  await writing;
  expect(seen.size).toBe(20);
});

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

/** Five days, a reading every three hours, from a time that is not midnight. */
const days = (meter: string): Parameters<typeof put> => steady(meter, t0, t0 + 5 * DAY, 3 * HOUR, 10);
const whole = (meter: string): Promise<Bucket[]> => series(meter, t0, t0 + 6 * DAY, "range");
const readingsInDays = async (): Promise<unknown> =>
  (await sql.query(`SELECT sum(n) AS n FROM ${tables.days}`))[0]?.["n"];

test("days are added up, and what comes while they are counts, whoever adds them up", async () => {
  const meter = newMeter();
  await put(...days(meter));
  await rollUp(keeper, { before: ALL });
  expect(await undone(dayMarks(tables))).toBe(6);
  expect(await whole(meter)).toMatchObject([{ importWh: 390, importUnallocatedWh: 390, readings: 40 }]);
  keeper.before = async (step) => {
    if (step !== "days") return;
    keeper.before = async () => undefined;
    // Another process rolls up a late reading, and its day, before this one writes what it knew of the day.
    await put(reading(meter, t0 + DAY + HOUR, { [IMPORT]: 1_500 }));
    await store.maintain();
    expect(await readingsInDays()).toBe(41);
  };
  await rollUpDays(keeper, { before: ALL });
  expect(await readingsInDays()).toBe(40);
  expect(await undone(dayMarks(tables))).toBe(1);
  // The counter falls from 1,500 to 1,090 after it.
  const late = [{ importWh: 80 + 420 + 300, readings: 41 }];
  expect(await whole(meter)).toMatchObject(late);
  await rollUpDays(keeper, { before: ALL });
  expect(await undone(dayMarks(tables))).toBe(0);
  expect(await readingsInDays()).toBe(41);
  expect(await whole(meter)).toMatchObject(late);
});

test("killed anywhere between quarter hours and days, the answers are right", async () => {
  const meter = newMeter();
  await put(...days(meter));
  const right = [{ importWh: 390, importUnallocatedWh: 390, readings: 40, quartersSeen: 40 }];
  const run = async (): Promise<void> => {
    await rollUp(keeper, { before: ALL });
    await rollUpDays(keeper, { before: ALL });
  };
  for (const at of ["quarters", "day marks", "done", "days"] as const) {
    keeper.before = async (step) => {
      if (step === at) throw new PlatformError("store-failed", "killed");
    };
    await expect(run()).rejects.toThrow("killed");
    await store.settled();
    expect(await whole(meter)).toMatchObject(right);
  }
  keeper.before = async () => undefined;
  await run();
  expect(await undone(dayMarks(tables))).toBe(0);
  expect(await whole(meter)).toMatchObject(right);
  // An exchange in the night between two readings: the day before is counted anew.
  const at = t0 + 14 * HOUR + MINUTE;
  await store.putDocument({ kind: "meter", id: meter, value: { swaps: [{ at }] }, t: 1 });
  expect(await whole(meter)).toMatchObject([{ importWh: 380 }]);
  await store.maintain();
  expect(await whole(meter)).toMatchObject([{ importWh: 380 }]);
  await store.deleteMeter(meter, { before: ALL });
  expect(await whole(meter)).toEqual([]);
  expect(await readingsInDays()).toBe(0);
});

test.each([
  [
    "inside a quarter hour",
    t0 + 19 * HOUR + MINUTE,
    [
      reading("", t0 + 19 * HOUR, { [IMPORT]: 1_061 }),
      reading("", t0 + 19 * HOUR + 2 * MINUTE, { [IMPORT]: 1_068 }),
    ],
    7,
  ],
  ["between quarter hours", t0 + 19 * HOUR + MINUTE, [], 10],
] as const)(
  "killed between a meter's document and its second mark, an exchange %s is found by the next one",
  async (_, at, more, wh) => {
    const meter = newMeter();
    await put(...days(meter), ...more.map((each) => ({ ...each, meter, device: meter })));
    const run = async (): Promise<void> => {
      await rollUp(keeper, { before: ALL });
      await rollUpDays(keeper, { before: ALL });
    };
    // As putDocument does: a mark, then the document. A whole roll-up fits between the two.
    const { marks } = await keeper.connections();
    await run();
    await writeMarks(marks, quarterMarks(tables), quartersOf([{ meter, t: at }]));
    await store.settled();
    await run();
    const document = { kind: "meter", id: meter, value: { swaps: [{ at }] }, t: 1 };
    await new Documents().put(await keeper.connections(), tables.documents, [document]);
    await store.settled();
    expect(await undone()).toBe(0);
    expect(await whole(meter)).toMatchObject([{ importWh: 390 }]);
    await store.maintain();
    expect(await undone(dayMarks(tables))).toBe(0);
    expect(await whole(meter)).toMatchObject([{ importWh: 390 - wh }]);
  },
);

test("a store from before the days answers the same, and is added up", async () => {
  const meter = newMeter();
  await put(...days(meter));
  // Only quarter hours: what was ever written to a dropped table, the server may take rows for, and lose them.
  await rollUp(keeper, { before: ALL });
  const before = await whole(meter);
  await store.close();
  await sql.query(`TRUNCATE TABLE ${tables.dayMarks}`);
  await sql.query(`DROP TABLE ${tables.days}`);
  store = opened();
  // Without settled(): the marks can be seen before the table is there.
  expect(await whole(meter)).toEqual(before);
  expect(await readingsInDays()).toBeNull();
  await store.maintain();
  expect(await readingsInDays()).toBe(40);
  expect(await whole(meter)).toEqual(before);
});

test("a store from before the roll-up answers the same, and is rolled up", async () => {
  const meter = newMeter();
  await put(...steady(meter, t0, t0 + HOUR, 5 * MINUTE, 10));
  await store.close();
  // Not DROP TABLE: on connections that the client keeps, the server takes rows for the dropped table, and loses them.
  await sql.query(`TRUNCATE TABLE ${tables.marks}`);
  await sql.query(`DROP TABLE ${tables.quarters}`);
  store = opened();
  await store.settled();
  expect(importOf(await series(meter, t0, t0 + HOUR))).toEqual([30, 30, 30, 20]);
  await store.maintain();
  expect(await undone()).toBe(0);
  expect(importOf(await series(meter, t0, t0 + HOUR))).toEqual([30, 30, 30, 20]);
});
