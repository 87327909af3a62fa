import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { NormalisedReading } from "@smp/schemas";
import { duckdbStore, restoreDatabase } from "../src/duckdb.ts";
import { connectSql } from "../src/questdb/sql.ts";
import { tablesOf, type Tables } from "../src/questdb/schema.ts";
import { questdbStore, restoreTables } from "../src/questdb.ts";
import type { Store } from "../src/index.ts";
import { storeConformance } from "./conformance.ts";
import { at, DAY, EXPORT, HOUR, IMPORT, MINUTE, newMeter, POWER, reading, steady, trialOf } from "./trial.ts";

const url = process.env["QUESTDB_URL"];
const pgUrl = process.env["QUESTDB_PG_URL"];
if (url === undefined || pgUrl === undefined)
  throw new Error("set QUESTDB_URL and QUESTDB_PG_URL, or run npm run test:stack");

async function drop(tables: Tables): Promise<void> {
  const sql = connectSql(pgUrl ?? "");
  for (const table of Object.values(tables)) await sql.query(`DROP TABLE IF EXISTS ${String(table)}`);
  await sql.close();
}

test("a backup is restored into another folder of tables, and into DuckDB, with every version of every document", async () => {
  const folder = mkdtempSync(join(tmpdir(), "smp-backup-"));
  const prefixes = ["from", "to"].map((name) => `test_${name}_${Date.now().toString(36)}_`);
  const [from = "", to = ""] = prefixes;
  const store = questdbStore({ url, pgUrl, prefix: from });
  try {
    const { put, rawOf } = trialOf(() => store);
    const [meter, gone] = [newMeter(), newMeter()];
    const t0 = at("2026-03-28T00:00:00Z");
    await put(...steady(meter, t0, t0 + 3 * DAY, 5 * MINUTE, 7), ...steady(gone, t0, t0 + DAY, HOUR, 7));
    await put(
      reading(
        meter,
        t0 + 1,
        { [EXPORT]: 2 ** 53 - 1, "x-a": 0.1 },
        { u: { "x-a": "Cel" }, quality: ["suspect"] },
      ),
    );
    for (const value of ["old", null, "new"])
      await store.putDocument({ kind: "tariff", id: "a", value, t: 1 });
    await store.deleteMeter(gone, { before: t0 + 9 * DAY });
    const message = {
      device: meter,
      topic: "t",
      code: "schema",
      detail: "no.",
      received: 1,
      payload: "e30=",
    } as const;
    await store.reject([message, { ...message, received: 2 }]);
    await store.settled();
    const range = {
      meters: [meter],
      from: t0,
      to: t0 + 3 * DAY,
      resolution: "day",
      tz: "Europe/Vienna",
      perMeter: true,
    } as const;
    const summary = await store.backup(join(folder, "backup"));
    expect(summary).toMatchObject({ engine: "questdb", rows: { documents: 3, rejected: 2, deleted: 1 } });
    await expect(restoreTables({ url, pgUrl, prefix: from }, join(folder, "backup"))).rejects.toMatchObject({
      code: "store-not-empty",
    });
    await restoreTables({ url, pgUrl, prefix: to }, join(folder, "backup"));
    await restoreDatabase(join(folder, "new.duckdb"), join(folder, "backup"));
    for (const restored of [
      questdbStore({ url, pgUrl, prefix: to }),
      duckdbStore({ file: join(folder, "new.duckdb") }),
    ]) {
      const other = trialOf(() => restored);
      expect(await other.rawOf(meter)).toEqual(await rawOf(meter));
      expect(await restored.series(range)).toEqual(await store.series(range));
      expect((await restored.logs()).documents).toEqual((await store.logs()).documents);
      expect(await restored.rejected({ limit: 9 })).toEqual(await store.rejected({ limit: 9 }));
      await other.put(reading(gone, t0, { [IMPORT]: 1 }));
      expect(await other.rawOf(gone)).toEqual([]);
      await restored.close();
    }
  } finally {
    await store.close();
    for (const prefix of prefixes) await drop(tablesOf(prefix));
    rmSync(folder, { recursive: true });
  }
}, 120_000);

test("quarter hours whose raw readings are gone are in the backup, and restored into both engines", async () => {
  const folder = mkdtempSync(join(tmpdir(), "smp-backup-"));
  const [from = "", to = ""] = ["gone", "back"].map((name) => `test_${name}_${Date.now().toString(36)}_`);
  const now = at("2026-04-05T06:00:00Z");
  const common = { url, pgUrl, now: () => now, retention: { rawDays: 5, rollUpDays: 0 } };
  const store = questdbStore({ ...common, prefix: from });
  const [meter, silent] = [newMeter(), newMeter()];
  const t0 = at("2026-03-27T00:00:00Z");
  const time = { from: t0, to: now, tz: "Europe/Vienna", perMeter: true } as const;
  const answers = async (asked: Store): Promise<unknown> => [
    await asked.meters(),
    await asked.latest([meter, silent]),
    await asked.series({ meters: [meter, silent], ...time, resolution: "15m" }),
    await asked.series({ meters: [meter, silent], ...time, resolution: "month" }),
    await asked.gaps({ meter, from: 0, to: now }),
    await asked.energySteps({ meter, from: t0, to: now }),
  ];
  try {
    const { put, rawOf } = trialOf(() => store);
    const swap = t0 + 2 * DAY + 7 * MINUTE;
    await store.putDocument({ kind: "meter", id: meter, value: { swaps: [{ at: swap }] }, t: 1 });
    await put(...steady(meter, t0, now, 5 * MINUTE, 7).filter(({ t }) => Math.abs(t - swap) > 60 * MINUTE));
    await put(
      reading(meter, swap - 2 * MINUTE, { [IMPORT]: 9e6 }),
      reading(meter, swap + 2 * MINUTE, { [IMPORT]: 3 }),
    );
    await put(...steady(silent, t0, t0 + DAY, HOUR, 7));
    await store.maintain();
    await store.settled();
    expect((await rawOf(meter))[0]?.t).toBeGreaterThanOrEqual(now - 6 * DAY);
    const before = await answers(store);
    expect(await store.backup(join(folder, "backup"))).toMatchObject({ rows: { expired: 1 } });
    await restoreTables({ ...common, prefix: to }, join(folder, "backup"));
    await restoreDatabase(join(folder, "new.duckdb"), join(folder, "backup"));
    for (const restored of [
      questdbStore({ ...common, prefix: to }),
      duckdbStore({ file: join(folder, "new.duckdb"), ...common }),
    ]) {
      expect(await answers(restored)).toEqual(before);
      // Days are folded, too; and what is final stays so.
      await restored.append([reading(silent, t0 + 1, { [IMPORT]: 1e9 })]);
      await restored.maintain();
      expect(await answers(restored)).toEqual(before);
      await restored.close();
    }
  } finally {
    await store.close();
    for (const prefix of [from, to]) await drop(tablesOf(prefix));
    rmSync(folder, { recursive: true });
  }
}, 120_000);

test("what a clock that was years ahead let go of once does not take the readings of the present with it", async () => {
  const prefix = `test_ahead_${Date.now().toString(36)}_`;
  const tables = tablesOf(prefix);
  const now = at("2026-04-05T06:00:00Z");
  const store = questdbStore({
    url,
    pgUrl,
    prefix,
    now: () => now,
    retention: { rawDays: 5, rollUpDays: 0 },
  });
  const { put, rawOf } = trialOf(() => store);
  const sql = connectSql(pgUrl);
  try {
    const meter = newMeter();
    await put(...steady(meter, now - HOUR, now, 5 * MINUTE, 7));
    for (const finished of [0, 1])
      await sql.query(
        `INSERT INTO ${tables.expired} VALUES (now(), 7, ${now + 3_000 * DAY}, 0, ${finished})`,
      );
    await store.settled();
    await store.maintain();
    await store.settled();
    expect(await rawOf(meter)).toHaveLength(12);
  } finally {
    await store.close();
    await sql.close();
    await drop(tables);
  }
}, 120_000);

test("the newest values are those of all processes, also when a reading takes another one's place", async () => {
  const [meter, other] = [newMeter(), newMeter()];
  const prefix = `test_newest_${Date.now().toString(36)}_`;
  const [store, elsewhere] = [questdbStore({ url, pgUrl, prefix }), questdbStore({ url, pgUrl, prefix })];
  const t0 = at("2026-03-01T10:00:00Z");
  const newest = async (): Promise<unknown> =>
    (await store.latest([meter, other])).map(({ registers }) => registers);
  const append = async (...readings: NormalisedReading[]): Promise<void> => {
    await elsewhere.append(readings);
    await elsewhere.settled();
  };
  try {
    await append(reading(meter, t0, { [IMPORT]: 1, "x-a": 7 }), reading(other, t0, { [IMPORT]: 5 }));
    const kept = { [IMPORT]: { value: 5, t: t0 } };
    const a = { value: 7, t: t0 };
    expect(await newest()).toEqual([{ [IMPORT]: { value: 1, t: t0 }, "x-a": a }, kept]);
    await append(reading(meter, t0 + MINUTE, { [IMPORT]: 2, [POWER]: 3 }));
    const [power, second] = [
      { value: 3, t: t0 + MINUTE },
      { value: 2, t: t0 + MINUTE },
    ];
    expect(await newest()).toEqual([{ [IMPORT]: second, [POWER]: power, "x-a": a }, kept]);
    await append(reading(meter, t0 + MINUTE, { [IMPORT]: 4 }));
    const corrected = { [IMPORT]: { ...second, value: 4 }, "x-a": a };
    expect(await newest()).toEqual([corrected, kept]);
    await append(reading(meter, t0 - DAY, { "x-b": 9 }));
    const third = { ...corrected, "x-b": { value: 9, t: t0 - DAY } };
    expect(await newest()).toEqual([third, kept]);
    await store.maintain();
    expect(await newest()).toEqual([third, kept]);
    await elsewhere.deleteMeter(meter, { before: t0 + DAY });
    await expect.poll(newest, { timeout: 30_000 }).toEqual([kept]);
  } finally {
    await store.close();
    await elsewhere.close();
    await drop(tablesOf(prefix));
  }
}, 60_000);

const batches = fc.array(
  fc.record({
    meter: fc.nat({ max: 2 }),
    agoMs: fc.constantFrom(0, 0, 0, MINUTE, 5 * MINUTE, 20 * MINUTE, 5 * HOUR),
    codes: fc.subarray([IMPORT, EXPORT, POWER, "x-a", "x-b"], { minLength: 1 }),
    passMs: fc.constantFrom(0, MINUTE, 10 * MINUTE),
  }),
  { minLength: 8, maxLength: 8 },
);

test("the newest values told again and again while meters write are what a process tells that asks for the first time", async () => {
  const prefix = `test_told_${Date.now().toString(36)}_`;
  let now = at("2026-03-01T10:07:00Z");
  const common = { url, pgUrl, prefix, now: () => now };
  const [store, elsewhere] = [questdbStore(common), questdbStore(common)];
  const runs = Math.ceil(Number(process.env["SMP_HISTORIES"] ?? 50) / 50);
  let value = 0;
  try {
    const history = fc.asyncProperty(batches, async (all) => {
      const meters = [newMeter(), newMeter(), newMeter()];
      for (const { meter, agoMs, codes, passMs } of all) {
        now += passMs;
        const r = Object.fromEntries(codes.map((code) => [code, ++value]));
        await elsewhere.append([reading(meters[meter] ?? "", now - agoMs, r)]);
        await elsewhere.settled();
        const fresh = questdbStore(common);
        expect(await store.latest(meters)).toEqual(await fresh.latest(meters));
        await fresh.close();
      }
    });
    await fc.assert(history, { numRuns: runs, endOnFailure: true });
  } finally {
    await store.close();
    await elsewhere.close();
    await drop(tablesOf(prefix));
  }
}, 600_000);

describe.each([
  ["QuestDB", undefined],
  // Both ways to fold must keep the same promises, whatever the length of the range.
  ["QuestDB, folding all in SQL", 0],
])("with a real server, %s", (name, foldInSqlAbove) => {
  storeConformance(
    name,
    async () => {
      const prefix = `test_${Date.now().toString(36)}_${process.pid}_`;
      return {
        open: async (given) =>
          questdbStore({
            url,
            pgUrl,
            prefix,
            ...given,
            ...(foldInSqlAbove !== undefined && { foldInSqlAbove }),
          }),
        remove: () => drop(tablesOf(prefix)),
      };
    },
    {
      histories: Number(process.env["SMP_HISTORIES"] ?? 50),
      // Half a minute of small commits: in one of the two, which reads what is not rolled up as the other does.
      retention: foldInSqlAbove !== undefined,
    },
  );
});
