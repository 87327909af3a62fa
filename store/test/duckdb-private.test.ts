import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openDatabase } from "../src/duckdb-open.ts";

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
