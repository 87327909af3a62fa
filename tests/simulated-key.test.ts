import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { keepKey } from "../embedded/simulated.ts";

test.each(["", "0011"])(
  "a simulated meter's key that a full disk cut off to %j is made anew, and then kept",
  async (rest) => {
    const dir = await mkdtemp(join(tmpdir(), "smp-key-"));
    onTestFinished(() => rm(dir, { recursive: true, force: true }));
    const path = join(dir, "simulated-meter.key");
    await writeFile(path, rest);
    const key = await keepKey(path);
    expect(key).toMatch(/^[0-9a-f]{32}$/);
    expect(await readFile(path, "utf8")).toBe(`${key}\n`);
    expect(await keepKey(path)).toBe(key);
  },
);
