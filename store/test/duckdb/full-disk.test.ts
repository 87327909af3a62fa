import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PlatformError } from "@smp/schemas";
import { expect, onTestFinished, test, vi } from "vitest";
import { duckdbStore } from "../../src/duckdb.ts";
import { WriteFaults } from "../../src/duckdb/write-faults.ts";

/** A file of this process may not grow beyond it: as little room as on a full disk, without one. Needs Linux' util-linux. */
const limitFiles = (bytes: number | "unlimited"): void =>
  void execFileSync("prlimit", ["--pid", String(process.pid), `--fsize=${bytes}:unlimited`]);

test.runIf(process.platform === "linux")(
  "a disk that takes nothing is told by health, until it takes something again",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "smp-full-disk-"));
    const store = duckdbStore({ file: join(folder, "readings.duckdb") });
    onTestFinished(async () => {
      limitFiles("unlimited");
      await store.close();
      rmSync(folder, { recursive: true });
    });
    const put = (t: number): Promise<void> =>
      store.append([{ meter: "m7", device: "m7", t, received: t, r: { "1-0:1.8.0": t } }]);
    await put(1_780_000_000_000);
    expect(await store.health()).toMatchObject({ ok: true });
    limitFiles(1);
    await expect(put(1_780_000_001_000)).rejects.toThrow(/could not/i);
    const { ok, detail } = await store.health();
    expect(ok).toBe(false);
    expect(detail).toMatch(/is the disk full\?.*(?:too large|file)/i);
    limitFiles("unlimited");
    await put(1_780_000_001_000);
    expect(await store.health()).toMatchObject({ ok: true });
  },
);

test("a write that failed is told for two minutes, and content that is refused is no fault of the disk", async () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  onTestFinished(() => void vi.useRealTimers());
  const faults = new WriteFaults();
  const fail = (retryable: boolean): Promise<unknown> =>
    faults.of(() => Promise.reject(new PlatformError("x", "no room", { retryable }))).catch(() => undefined);
  await fail(false);
  expect(faults.current).toBeUndefined();
  await fail(true);
  await fail(false);
  vi.advanceTimersByTime(119_999);
  expect(faults.current).toBe("no room");
  vi.advanceTimersByTime(1);
  expect(faults.current).toBeUndefined();
});
