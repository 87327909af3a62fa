import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openStore, readConfig } from "../src/index.ts";

test("without any setting it is DuckDB in ./data", () => {
  expect(readConfig({})).toEqual({
    kind: "duckdb",
    file: join("data", "store", "readings.duckdb"),
    memoryLimitMb: 512,
    threads: 2,
    retention: { rawDays: 90, rollUpDays: 0 },
  });
});

test("QuestDB takes its two addresses", () => {
  const environment = {
    SMP_STORE: "questdb",
    QUESTDB_URL: "http://q:9000",
    QUESTDB_PG_URL: "postgres://a:b@q:8812/qdb",
  };
  expect(readConfig(environment)).toEqual({
    kind: "questdb",
    url: "http://q:9000",
    pgUrl: "postgres://a:b@q:8812/qdb",
    retention: { rawDays: 90, rollUpDays: 0 },
  });
});

test("every fault is named", () => {
  expect(() =>
    readConfig({ SMP_STORE: "sqlite", SMP_STORE_MEMORY_MB: "1", SMP_STORE_THREADS: "many" }),
  ).toThrow(/SMP_STORE is "sqlite".*duckdb, questdb[\s\S]*SMP_STORE_MEMORY_MB[\s\S]*SMP_STORE_THREADS/);
  for (const [raw, rollUp] of [
    ["90", "30"],
    ["0", "365"],
  ])
    expect(() => readConfig({ SMP_RETENTION_RAW_DAYS: raw, SMP_RETENTION_ROLLUP_DAYS: rollUp })).toThrow(
      /SMP_RETENTION_ROLLUP_DAYS is \d+, but quarter hours are kept at least as long as raw readings: 0/,
    );
  expect(readConfig({ SMP_RETENTION_RAW_DAYS: "30", SMP_RETENTION_ROLLUP_DAYS: "365" })).toMatchObject({
    retention: { rawDays: 30, rollUpDays: 365 },
  });
  expect(() =>
    readConfig({ SMP_STORE: "questdb", QUESTDB_URL: "q:9000", QUESTDB_PG_URL: "http://q" }),
  ).toThrow(/QUESTDB_URL[\s\S]*QUESTDB_PG_URL/);
});

test("a configured store opens, and one that cannot be opened says so at once", async () => {
  const folder = mkdtempSync(join(tmpdir(), "smp-store-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const config = readConfig({ SMP_DATA_DIR: folder });
  const store = await openStore(config);
  await expect(openStore(config)).rejects.toMatchObject({ code: "store-locked" });
  await store.close();
  await (await openStore(config)).close();
});

test("a fault names no password, and blanks are no number", () => {
  const faults = (environment: Record<string, string>): string => {
    try {
      return JSON.stringify(readConfig(environment));
    } catch (error) {
      return String(error);
    }
  };
  const told = faults({
    SMP_STORE: "questdb",
    QUESTDB_URL: "http://smp:s3cret;@q:9000",
    QUESTDB_PG_URL: "postgres://smp:s3c@ret pass@questdb:8812/qdb",
  });
  expect(told).toContain('QUESTDB_URL is "http://…@q:9000"');
  expect(told).toContain('QUESTDB_PG_URL is "postgres://…@questdb:8812/qdb"');
  expect(told).not.toContain("s3c");
  // It looks like an address, and is none: `new URL` would throw it, password and all, at the first write.
  const unusable = faults({ SMP_STORE: "questdb", QUESTDB_URL: "http://smp:s3c#ret@q:9000" });
  expect(unusable).toContain('QUESTDB_URL is "http://…@q:9000", but must be an HTTP address');
  expect(faults({ SMP_RETENTION_RAW_DAYS: " " })).toContain('SMP_RETENTION_RAW_DAYS is " "');
});
