import { chmod, mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { expect, onTestFinished, test } from "vitest";
import { openDataFolder } from "../../embedded/data-folder.ts";
import { sayable } from "../../services/process/process.ts";

test.each([
  ["a new one", undefined, 0o700, 0],
  ["one of an older version", 0o755, 0o750, 1],
  ["one that a group may use", 0o2770, 0o2770, 0],
  ["one of all users, such as /tmp", 0o1777, 0o1777, 0],
  ["a private one", 0o700, 0o700, 0],
])("the data folder is no other user's to read: %s", async (_which, before, after, lines) => {
  const parent = await mkdtemp(join(tmpdir(), "smp-data-"));
  onTestFinished(() => rm(parent, { recursive: true, force: true }));
  const folder = join(parent, "data");
  if (before !== undefined) {
    await mkdir(folder);
    await chmod(folder, before);
  }
  const said: string[] = [];
  await openDataFolder(folder, pino({}, { write: (line: string) => void said.push(line) }));
  expect((await stat(folder)).mode & 0o7777).toBe(after);
  expect(said).toHaveLength(lines);
});

test("a data folder that cannot be made is told in a sentence", async () => {
  const parent = await mkdtemp(join(tmpdir(), "smp-data-"));
  onTestFinished(() => rm(parent, { recursive: true, force: true }));
  await writeFile(join(parent, "file"), "");
  await expect(openDataFolder(join(parent, "file/data"), pino({ level: "silent" }))).rejects.toMatchObject({
    code: "data-folder",
    message: expect.stringMatching(/file\/data cannot be made: .*SMP_DATA_DIR \(ENOTDIR/),
  });
});

test("what the machine refuses, such as a write to a full disk, is told without a trace", () => {
  const full = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
  expect(sayable(full)).toBe(full.message);
  const ours = new TypeError("a fault of ours");
  expect(sayable(ours)).toBe(ours);
});
