import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBConnection } from "@duckdb/node-api";
import { expect, onTestFinished, test, vi } from "vitest";
import { duckdbStore } from "../../src/duckdb.ts";
import { at, DAY, HOUR, IMPORT, MINUTE, reading, steady } from "../trial.ts";

test("a day that is rolled up is asked in one statement, whatever other meters write, and a late reading counts at once", async () => {
  const folder = mkdtempSync(join(tmpdir(), "smp-store-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const from = at("2026-06-21");
  const day = { from, to: from + DAY, resolution: "15m", tz: "UTC", perMeter: true } as const;
  const store = duckdbStore({ file: join(folder, "readings.duckdb"), now: () => from + DAY + HOUR });
  const series = () => store.series({ meters: ["haus"], ...day });
  await store.append(steady("haus", from, from + DAY + MINUTE, 15 * MINUTE, 1));
  await store.maintain();
  await store.append([
    reading("hof", from + DAY / 2, { [IMPORT]: 1 }),
    reading("haus", from + DAY + HOUR, { [IMPORT]: 1e9 }),
  ]);
  const run = vi.spyOn(DuckDBConnection.prototype, "run");
  onTestFinished(() => run.mockRestore());
  expect((await series()).map(({ importWh }) => importWh)).toEqual(Array.from({ length: 96 }, () => 1));
  expect(run).toHaveBeenCalledTimes(1);

  await store.append([reading("haus", from + DAY / 2 + MINUTE, { [IMPORT]: 1_048.25 })]);
  const readings = async () => (await series()).map((bucket) => bucket.readings);
  const expected = Array.from({ length: 96 }, (_, index) => (index === 48 ? 2 : 1));
  expect(await readings()).toEqual(expected);
  // Rolled up anew, that quarter hour lies in the table behind the others.
  await store.maintain();
  expect(await readings()).toEqual(expected);
  await store.close();
});
