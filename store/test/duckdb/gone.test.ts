import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { expect, onTestFinished, test } from "vitest";
import { duckdbStore } from "../../src/duckdb.ts";
import { at, DAY, HOUR, IMPORT, MINUTE, reading, steady, trialOf } from "../trial.ts";

/** In a folder of its own, gone after the test. */
function newFile(): string {
  const folder = mkdtempSync(join(tmpdir(), "smp-store-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, "readings.duckdb");
}

/** What the database file of a closed store has. */
async function ask(file: string, sql: string): Promise<unknown> {
  const instance = await DuckDBInstance.create(file);
  const connection = await instance.connect();
  const rows = (await connection.runAndReadAll(sql)).getRows();
  connection.closeSync();
  instance.closeSync();
  return rows;
}

test.each(["before", "after"])(
  "old readings that come %s old ones are let go at the same time count, and go with them",
  async (when) => {
    const now = at("2026-07-01T06:00:00Z");
    const retention = { rawDays: 30, rollUpDays: 0 };
    const store = duckdbStore({ file: newFile(), now: () => now, retention });
    const { put, rawOf, series } = trialOf(() => store);
    await put(...steady("haus", now - HOUR, now, HOUR / 4, 1));
    const from = at("2026-05-01");
    const late = steady("haus", from, from + DAY, HOUR / 8, 1);
    const work = [() => store.append(late), () => store.maintain()];
    await Promise.all((when === "before" ? work : work.toReversed()).map((run) => run()));
    await store.maintain();
    expect(await rawOf("haus", 0, now - 2 * HOUR)).toEqual([]);
    expect(await series("haus", from, from + DAY, "day")).toMatchObject([
      { importWh: 191, quartersSeen: 96 },
    ]);
    await store.close();
  },
);

test("a correction withdraws a register, and nothing of what is known from readings that are gone", async () => {
  const [now, cut] = [at("2026-07-01T06:00:00Z"), at("2026-06-01")];
  const retention = { rawDays: 30, rollUpDays: 0 };
  const file = newFile();
  const store = duckdbStore({ file, now: () => now, retention });
  const { put, rawOf } = trialOf(() => store);
  await put(
    ...steady("other", now - HOUR, now, HOUR, 1),
    reading("haus", cut - 2 * HOUR, { [IMPORT]: 1 }),
    reading("haus", cut - HOUR, { "x-old": 5 }),
    reading("haus", cut + HOUR, { [IMPORT]: 2, "x-new": 3 }),
  );
  await store.maintain();
  expect(await rawOf("haus")).toHaveLength(1);
  await put(reading("haus", cut + HOUR, { [IMPORT]: 3 }));
  expect((await store.latest(["haus"]))[0]?.registers).toEqual({
    [IMPORT]: { value: 3, t: cut + HOUR },
    "x-old": { value: 5, t: cut - HOUR },
  });
  expect((await store.meters())[0]).toMatchObject({ firstMs: cut - 2 * HOUR, lastMs: cut + HOUR });
  await store.close();
  expect(await ask(file, `SELECT count(*) FROM extra WHERE ts < ${cut}`)).toEqual([[0n]]);
});

test("quarter hours that are gone stay gone, be they to be kept longer again, and go at once when for less time", async () => {
  const now = at("2026-07-01T06:00:00Z");
  const file = newFile();
  const old = steady("haus", now - 45 * DAY, now - 45 * DAY + HOUR, 5 * MINUTE, 1);
  let store!: ReturnType<typeof duckdbStore>;
  const { put, series } = trialOf(() => store);
  const opened = async (rollUpDays: number): Promise<unknown> => {
    store = duckdbStore({ file, now: () => now, retention: { rawDays: 30, rollUpDays } });
    if (rollUpDays === 300) await put(...old);
    await store.maintain();
    return await series("haus", now - 46 * DAY, now, "range");
  };
  store = duckdbStore({ file, now: () => now });
  await put(...old, ...steady("haus", now - HOUR, now, HOUR / 4, 1, 900));
  const whole = await series("haus", now - 46 * DAY, now, "range");
  await store.close();
  expect(await opened(300)).toEqual(whole);
  await store.close();
  const rest = await opened(40);
  expect(rest).toMatchObject([{ importWh: 3 }]);
  await put(...old);
  expect(await series("haus", now - 46 * DAY, now, "range")).toEqual(rest);
  await store.close();
  expect(await opened(300)).toEqual(rest);
  await put(...old);
  expect(await series("haus", now - 46 * DAY, now, "range")).toEqual(rest);
  await store.close();
});

test("a deleted meter is still gone when the store is opened again", async () => {
  const file = newFile();
  const [now, from] = [at("2026-07-01T06:00:00Z"), at("2026-07-01")];
  const options = { file, now: () => now, retention: { rawDays: 30, rollUpDays: 0 } };
  const [gone, other] = ["gone", "other"].map((meter) => steady(meter, from, from + HOUR, 5 * MINUTE, 1));
  let store = duckdbStore(options);
  const { put, rawOf, series } = trialOf(() => store);
  // Of these the quarter hours alone are left.
  await put(...steady("gone", from - 60 * DAY, from - 59 * DAY, HOUR, 1));
  await put(...(gone ?? []), ...(other ?? []), reading("gone", from + MINUTE, { "x-a": 1 }));
  await store.maintain();
  expect(await series("gone", 0, now, "range")).toMatchObject([{ importWh: 23 + 11 }]);
  await store.deleteMeter("gone", { before: from + DAY });
  for (let opening = 0; opening < 2; opening++) {
    await store.close();
    store = duckdbStore(options);
    expect((await store.meters()).map(({ meter }) => meter)).toEqual(["other"]);
    expect((await store.latest(["gone", "other"])).map(({ meter }) => meter)).toEqual(["other"]);
    await put(...(gone ?? []));
    expect(await rawOf("gone")).toEqual([]);
    expect(await series("gone", 0, now, "range")).toEqual([]);
  }
  await store.close();
  for (const table of ["readings", "extra", "quarters", "days", "dirty", "states", "newest"]) {
    const ofGone = `SELECT count(*) FROM ${table} JOIN names ON names.id = ${table}.meter WHERE names.name = 'gone'`;
    expect(await ask(file, ofGone), table).toEqual([[0n]]);
  }
});
