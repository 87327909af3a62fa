import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { backupCommand } from "../src/backup-command.ts";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "smp-backup-command-"));
  vi.stubEnv("SMP_DATA_DIR", join(dir, "data"));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(dir, { recursive: true, force: true });
});

test("smp backup in a folder without a store fails and leaves nothing: it is no backup of nothing", async () => {
  const run = backupCommand().parseAsync([join(dir, "backup")], { from: "user" });
  await expect(run).rejects.toThrow(
    /readings\.duckdb is not here: start the platform once \(npm start\), or name its data folder with SMP_DATA_DIR/,
  );
  expect(await readdir(dir)).toEqual([]);
});
