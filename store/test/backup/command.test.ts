import { mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { backupCommand, controlSocketOf, restoreCommand } from "../../src/backup/command.ts";
import { openStore, readConfig } from "../../src/config.ts";
import { serveBackups } from "../../src/backup/control.ts";

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

test.runIf(process.platform === "linux")(
  "smp backup to where no folder can be made, or onto a file, says so instead of asking for ever",
  async () => {
    await (await openStore(readConfig(process.env))).close();
    const taken = join(dir, "taken");
    await writeFile(taken, "");
    const backup = (folder: string): Promise<unknown> =>
      backupCommand().parseAsync([folder], { from: "user" });
    await expect(backup("/proc/none/backup")).rejects.toThrow(
      /no folder for the backup can be made in \/proc\/none .*: name another place/,
    );
    await expect(backup(taken)).rejects.toThrow(/taken cannot hold a backup: it is no folder/);
  },
);

test("smp restore is refused while the platform runs, which would go on writing into the file that was moved away", async () => {
  const store = await openStore(readConfig(process.env));
  await store.backup(join(dir, "backup"));
  const file = join(dir, "data", "store", "readings.duckdb");
  const control = await serveBackups(store, controlSocketOf(file));
  await rename(file, join(dir, "moved"));
  await rename(`${file}.wal`, join(dir, "moved.wal")).catch(() => undefined);
  const run = restoreCommand().parseAsync([join(dir, "backup")], { from: "user" });
  await expect(run).rejects.toThrow(/the platform runs, and would go on writing .*: stop it first/);
  expect(await readdir(join(dir, "data", "store"))).toEqual(["control.sock"]);
  await control.close();
  await store.close();
});
