import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { duckdbStore } from "../../src/duckdb.ts";
import { gapsOracle, oracle } from "../oracle.ts";
import { at, DAY, IMPORT, MINUTE, reading, trialOf } from "../trial.ts";

const METERS = ["kitchen", "kaifa.1KFM0200123456"];
const T0 = at("2026-03-28T22:00:00Z");

/** Runs SQL on a database file. */
async function run(file: string, sql: string): Promise<void> {
  const instance = await DuckDBInstance.create(file);
  const connection = await instance.connect();
  await connection.run(sql);
  connection.closeSync();
  instance.closeSync();
}

describe("a file of an older release", () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "smp-store-"));
    file = join(folder, "readings.duckdb");
    await run(file, readFileSync(new URL("../fixtures/duckdb-v1.sql", import.meta.url), "utf8"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test.each([["by itself", Infinity] as const, ["folding in SQL", 0] as const])(
    "answers as its raw readings say, %s, twice opened, and learns of an exchange of the past",
    async (_, foldInSqlAbove) => {
      const notices: string[] = [];
      for (let round = 0; round < 2; round++) {
        const store = duckdbStore({ file, foldInSqlAbove, notice: (sentence) => notices.push(sentence) });
        const { rawOf, series } = trialOf(() => store);
        for (const meter of METERS) {
          const readings = await rawOf(meter);
          expect(readings.length).toBe(meter === "kitchen" ? 42 : 40);
          for (const resolution of ["15m", "day", "month", "range"] as const) {
            const range = { from: T0, to: T0 + 2 * DAY, resolution, tz: "Europe/Vienna" };
            expect(await series(meter, range.from, range.to, resolution, range.tz)).toEqual(
              oracle({ readings }, range),
            );
          }
          expect(await store.gaps({ meter, from: T0, to: T0 + DAY })).toEqual(gapsOracle({ readings }));
        }
        expect((await store.meters()).map(({ meter }) => meter)).toEqual(METERS.toSorted());
        expect(await store.latest(["kitchen"])).toMatchObject([
          { registers: { [IMPORT]: { value: 2_007 }, "x-room": { value: 21.5 } } },
        ]);
        expect(await store.documents("meter")).toMatchObject([{ id: "kitchen", value: { name: "Kitchen" } }]);
        expect(await store.rejected({ limit: 10 })).toHaveLength(1);
        await store.close();
      }
      expect(notices).toEqual([
        expect.stringMatching(
          /version \d+ \(it has 1\), which no older release opens: the way back is a backup/,
        ),
      ]);
      const store = duckdbStore({ file, foldInSqlAbove });
      const { put, rawOf, series } = trialOf(() => store);
      const swap = T0 + 8 * MINUTE;
      await store.putDocument({ kind: "meter", id: "kitchen", value: { swaps: [{ at: swap }] }, t: T0 });
      await put(reading("kitchen", T0 + 9 * MINUTE, { [IMPORT]: 5 }));
      const range = { from: T0, to: T0 + DAY, resolution: "day", tz: "UTC" } as const;
      expect(await series("kitchen", range.from, range.to, "day")).toEqual(
        oracle({ readings: await rawOf("kitchen"), swaps: [swap] }, range),
      );
      await store.close();
    },
  );

  test("of a newer release is refused, and left as it is", async () => {
    await run(file, "INSERT INTO meta VALUES (99)");
    const store = duckdbStore({ file });
    await expect(store.health()).rejects.toMatchObject({ code: "store-version" });
    await expect(store.health()).rejects.toThrow(/version 99.*install that release again/);
    await store.close();
    await run(file, "SELECT imp_next FROM quarters");
  });
});
