import { chmod, mkdir, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { expect, onTestFinished, test } from "vitest";
import { openDataFolder } from "../embedded/data-folder.ts";

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
