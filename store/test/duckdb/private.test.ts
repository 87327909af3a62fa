import { chmod, mkdir, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openStore, readConfig } from "../../src/config.ts";
import { restoreDatabase } from "../../src/duckdb/backup.ts";
import { openDatabase } from "../../src/duckdb/open.ts";

test("nobody but its owner reads the store's file, nor looks into the folder that was made for it", async () => {
  const dir = await mkdtemp(join(tmpdir(), "smp-private-"));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  const file = join(dir, "data", "store.duckdb");
  const database = await openDatabase({ file });
  const modes = await Promise.all(
    [file, join(dir, "data")].map(async (path) => (await stat(path)).mode & 0o777),
  );
  await database.close();
  expect(modes).toEqual([0o600, 0o700]);
});

test("a folder that an older release left open is closed at the start, and a restored store is private from the first byte", async () => {
  const dir = await mkdtemp(join(tmpdir(), "smp-private-"));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  await mkdir(join(dir, "store"));
  await chmod(join(dir, "store"), 0o755);
  const store = await openStore(readConfig({ SMP_DATA_DIR: dir }));
  await store.backup(join(dir, "backup"));
  await store.close();
  await restoreDatabase(join(dir, "other", "store", "readings.duckdb"), join(dir, "backup"));
  const modes = await Promise.all(
    ["store", "other", "other/store", "other/store/readings.duckdb"].map(
      async (path) => (await stat(join(dir, path))).mode & 0o777,
    ),
  );
  expect(modes).toEqual([0o700, 0o700, 0o700, 0o600]);
});
