import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { crc32 } from "node:zlib";
import { diskFiles, type DiskFiles } from "@smp/disk";
import type { NormalisedReading, RejectedMessage } from "@smp/schemas";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { LogBatch } from "../../src/log.ts";
import { spoolLog, type SpoolLog, type SpoolOptions } from "../../src/log/spool.ts";
import { readSpoolConfig } from "../../src/log/spool/config.ts";
import { scanRecords, writeRecords } from "../../src/log/spool/record.ts";
import { fakeLog } from "../fake-log.ts";

const reading = (t: number): NormalisedReading => ({
  meter: "m",
  device: "m",
  t,
  received: 1,
  r: { "x-a": t },
});
const batch = (...times: number[]): LogBatch => ({
  readings: times.map(reading),
  rejected: [],
  statuses: [],
});
const timesOf = (batches: readonly LogBatch[]): number[] =>
  batches.flatMap(({ readings }) => readings.map(({ t }) => t));
const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
const awayLog = () => Object.assign(fakeLog(), { failing: new Error("away") as Error | undefined });
const segmentsOf = async (dir: string): Promise<string[]> =>
  (await readdir(dir)).filter((name) => name.endsWith(".spool")).sort();

let dir: string;
const opened: SpoolLog[] = [];
function spool(inner: ReturnType<typeof fakeLog>, options: Partial<SpoolOptions> = {}): SpoolLog {
  const backOff = { firstMs: 1, maxMs: 5 };
  const log = spoolLog(inner, { dir, bytesMax: 2 ** 20, backOff, ...options });
  opened.push(log);
  return log;
}
/** What a new process finds in the folder, when the log is there again. */
async function recover(folder = dir): Promise<{ times: number[]; damaged: number; tornBytes: number }> {
  const inner = fakeLog();
  const log = spool(inner, { dir: folder });
  await log.open();
  await expect.poll(() => log.stats.waitingBytes, { interval: 1 }).toBe(0);
  await log.close();
  return { ...log.stats, times: timesOf(inner.batches) };
}

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "smp-spool-"));
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((log) => log.close()));
  await rm(dir, { recursive: true, force: true });
});

describe("the spool", () => {
  test("hands everything on in order, the three lists of a batch alike, and leaves nothing on disk", async () => {
    const inner = fakeLog();
    const log = spool(inner);
    const rejected: RejectedMessage = {
      device: "m",
      topic: "t",
      code: "schema",
      detail: "ä",
      received: 1,
      payload: "",
    };
    const status = { device: "m", kind: "info", value: { model: "x" }, received: 1 } as const;
    await log.append({ readings: [reading(1), reading(2)], rejected: [rejected], statuses: [status] });
    for (const t of range(500)) await log.append(batch(10 + t));
    await expect.poll(() => log.stats.waitingBytes).toBe(0);
    expect(timesOf(inner.batches)).toEqual([1, 2, ...range(500).map((t) => 10 + t)]);
    expect(inner.batches.flatMap((one) => one.rejected)).toEqual([rejected]);
    expect(inner.batches.flatMap((one) => one.statuses)).toEqual([status]);
    await log.close();
    await recover();
    expect(await segmentsOf(dir)).toEqual([]);
  });

  test("takes on while the log is away, over a restart, and delivers all in order when it is back", async () => {
    const away = awayLog();
    const first = spool(away);
    for (const t of range(300)) await first.append(batch(t));
    await expect.poll(async () => (await first.health()).detail).toMatch(/bytes wait in the spool: away/);
    expect((await first.health()).ok).toBe(true);
    await first.close();
    const inner = awayLog();
    const second = spool(inner);
    for (const t of range(300)) await second.append(batch(300 + t));
    inner.failing = undefined;
    await expect.poll(() => second.stats.waitingBytes).toBe(0);
    expect(timesOf(inner.batches)).toEqual(range(600));
    expect(await second.health()).toEqual({ ok: true });
  });

  test("writes everything that waits with one fdatasync", async () => {
    let syncs = 0;
    const files = faulty({ datasync: () => void syncs++ });
    const log = spool(fakeLog(), { files });
    await log.open();
    await Promise.all(range(1_000).map((t) => log.append(batch(t))));
    expect(syncs).toBeLessThan(10);
  });

  test("calls nothing safe before the name of its file is on the disk, too", async () => {
    const steps: string[] = [];
    const files: DiskFiles = {
      ...faulty({ datasync: () => void steps.push("file") }),
      async syncDirectory(path) {
        steps.push("folder");
        await diskFiles.syncDirectory(path);
      },
    };
    const log = spool(fakeLog(), { files });
    await log.append(batch(0));
    await log.append(batch(1));
    expect(steps).toEqual(["folder", "file", "file"]);
  });

  test("delivers more than it reads at once, and nothing of it a second time after it was closed", async () => {
    const inner = awayLog();
    const payload = "A".repeat(100 * 1024);
    const rejected = range(15).map((received): RejectedMessage => {
      return { device: "m", topic: "t", code: "schema", detail: "", received, payload };
    });
    const log = spool(inner, { bytesMax: 2 ** 24 });
    await log.append({ ...batch(0), rejected });
    inner.failing = undefined;
    await expect.poll(() => log.stats.waitingBytes).toBe(0);
    expect(inner.batches.flatMap((one) => one.rejected.map(({ received }) => received))).toEqual(range(15));
    expect(log.stats).toMatchObject({ damaged: 0, tornBytes: 0 });
    await log.close();
    expect(await recover()).toEqual({ bytes: 0, waitingBytes: 0, damaged: 0, tornBytes: 0, times: [] });
  });

  test("goes on after a kill between its position and the removal of a file that it is through with", async () => {
    const log = spool(awayLog(), { bytesMax: 8_000 });
    for (const t of range(60)) await log.append(batch(t));
    await log.close();
    expect((await segmentsOf(dir)).length).toBeGreaterThan(2);
    await writeFile(join(dir, "position"), `2 0 ${crc32("2 0")}`);
    const { times } = await recover();
    expect(times).toEqual(range(60).slice(-times.length));
    expect(times.length).toBeLessThan(60);
  });

  test("closes when the write under way is on the disk, and closes the log behind it", async () => {
    const order: string[] = [];
    let write = (): void => undefined;
    const held = new Promise<void>((resolve) => (write = resolve));
    const files: DiskFiles = {
      ...diskFiles,
      async open(path, flags) {
        const file = await diskFiles.open(path, flags);
        return {
          read: (...place) => file.read(...place),
          write: (...given) => file.write(...given),
          truncate: (length) => file.truncate(length),
          close: () => file.close(),
          datasync: () => held.then(() => file.datasync()).then(() => void order.push("synced")),
        };
      },
    };
    const inner = { ...fakeLog(), close: async () => void order.push("log closed") };
    const log = spool(inner, { files });
    const appended = log.append(batch(0));
    await log.open();
    const closing = log.close().then(() => order.push("closed"));
    write();
    await Promise.all([appended, closing]);
    expect(order).toEqual(["synced", "log closed", "closed"]);
  });

  test("takes nothing beyond its size, says so, and goes on when the log has taken the rest", async () => {
    const inner = awayLog();
    const log = spool(inner, { bytesMax: 20_000 });
    let count = 0;
    await expect(async () => {
      for (;;) {
        await log.append(batch(count));
        count++;
      }
    }).rejects.toMatchObject({ code: "spool-full", retryable: true });
    expect(count).toBeGreaterThan(100);
    expect(log.stats.bytes).toBeLessThanOrEqual(20_000);
    expect(await log.health()).toMatchObject({ ok: false });
    inner.failing = undefined;
    await expect.poll(() => log.stats.waitingBytes).toBe(0);
    await log.append(batch(count));
    await expect.poll(() => timesOf(inner.batches)).toEqual(range(count + 1));
    expect(await log.health()).toEqual({ ok: true });
  });

  test("is of one process only", async () => {
    await spool(fakeLog()).open();
    await expect(spool(fakeLog()).open()).rejects.toMatchObject({ code: "spool-in-use" });
    const link = join(dir, "link");
    await symlink(dir, link);
    await expect(spool(fakeLog(), { dir: link }).open()).rejects.toMatchObject({ code: "spool-in-use" });
  });

  test("keeps every reading that it called safe over kill -9, each once", async () => {
    const child = fileURLToPath(new URL("spool-child.js", import.meta.url));
    let safe = -1;
    for (let kill = 0; kill < 5; kill++) {
      const process = spawn(globalThis.process.execPath, [child, dir, String(safe + 1)]);
      let said = 0;
      for await (const line of createInterface({ input: process.stdout })) {
        safe = Number(line);
        // The pipe may still hold lines that were written before the kill: they count, too.
        if (++said === 50 + kill * 37) process.kill("SIGKILL");
      }
      if (process.exitCode === null && process.signalCode === null) await once(process, "exit");
      expect(process.signalCode).toBe("SIGKILL");
    }
    const { times, damaged } = await recover();
    expect(damaged).toBe(0);
    expect([...new Set(times)].sort((a, b) => a - b).slice(0, safe + 1)).toEqual(range(safe + 1));
    // Order per meter; what was written but not called safe comes again from the next process.
    expect(times.filter((t, index) => times.indexOf(t) === index)).toEqual(range(Math.max(...times) + 1));
  }, 30_000);
});

describe("a damaged spool", () => {
  async function spooled(count: number): Promise<{ path: string; bytes: Buffer }> {
    const log = spool(awayLog());
    for (const t of range(count)) await log.append(batch(t));
    await log.close();
    const path = join(dir, (await segmentsOf(dir))[0] ?? "");
    return { path, bytes: await readFile(path) };
  }

  test("cut off at every byte of its last record loses only that", async () => {
    const { path, bytes } = await spooled(3);
    const length = writeRecords(batch(2))[0]?.length ?? 0;
    for (let cut = 1; cut <= length; cut++) {
      await writeFile(path, bytes);
      await truncate(path, bytes.length - cut);
      await rm(join(dir, "position"), { force: true });
      expect(await recover()).toMatchObject({ times: [0, 1], damaged: 0, tornBytes: length - cut });
    }
  });

  test("with any bit flipped loses the one record, counts it, and invents nothing", async () => {
    const { bytes } = await spooled(4);
    const length = bytes.length / 4;
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      const hit = Math.floor((bit >> 3) / length);
      const scan = scanRecords(flipped, true);
      expect(timesOf([scan.batch])).toEqual(range(4).filter((t) => t !== hit));
      expect(scan.damaged + Math.sign(scan.tornBytes)).toBe(1);
    }
  });

  test("is read alike in pieces of any size, whatever was done to it", () => {
    const bytes = Buffer.concat(writeRecords(batch(...range(20))));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { maxLength: 4 }),
        fc.integer({ min: 200, max: 700 }),
        (damages, size) => {
          const harmed = Buffer.from(bytes);
          for (const [at, value] of damages) harmed[at] = value;
          const whole = timesOf([scanRecords(harmed, true).batch]);
          const inPieces: number[] = [];
          for (let at = 0; at < harmed.length;) {
            const isLast = at + size >= harmed.length;
            const scan = scanRecords(harmed.subarray(at, at + size), isLast);
            expect(scan.end).toBeGreaterThan(0);
            inPieces.push(...timesOf([scan.batch]));
            at += scan.end;
          }
          expect(inPieces).toEqual(whole);
          expect(whole.every((t) => t >= 0 && t < 20)).toBe(true);
        },
      ),
    );
  });

  test("with a damaged position delivers everything once more, never less", async () => {
    const log = spool(fakeLog());
    for (const t of range(5)) await log.append(batch(t));
    await expect.poll(() => log.stats.waitingBytes).toBe(0);
    const [name = ""] = await segmentsOf(dir);
    const copy = await readFile(join(dir, name));
    await log.close();
    await writeFile(join(dir, name), copy);
    await writeFile(join(dir, "position"), "1 999999 12345");
    expect((await recover()).times).toEqual(range(5));
  });
});

describe("a failing disk", () => {
  test("that is full calls nothing safe, and what is repeated later arrives in order", async () => {
    let isFull = false;
    const files = faulty({
      write: () => {
        if (isFull) throw Object.assign(new Error("ENOSPC: no space left"), { code: "ENOSPC" });
      },
    });
    const inner = awayLog();
    const log = spool(inner, { files });
    for (const t of range(10)) await log.append(batch(t));
    isFull = true;
    for (let attempt = 0; attempt < 20; attempt++)
      await expect(log.append(batch(10))).rejects.toMatchObject({ retryable: true });
    expect(await log.health()).toMatchObject({
      ok: false,
      detail: expect.stringContaining("ENOSPC") as string,
    });
    // Nor do the attempts fill the folder.
    expect((await segmentsOf(dir)).length).toBeLessThan(3);
    // The position cannot be written either: it drains nevertheless.
    inner.failing = undefined;
    await expect.poll(() => segmentsOf(dir)).toEqual([]);
    expect(log.stats.waitingBytes).toBe(0);
    isFull = false;
    for (const t of range(10)) await log.append(batch(10 + t));
    await expect.poll(() => timesOf(inner.batches)).toEqual(range(20));
  });

  test("that writes short is written to until it has everything", async () => {
    const inner = fakeLog();
    const log = spool(inner, { files: faulty({ shortBytes: 7 }) });
    for (const t of range(20)) await log.append(batch(t));
    await expect.poll(() => timesOf(inner.batches)).toEqual(range(20));
  });

  test("whose fdatasync fails is not trusted: the next write goes to another file", async () => {
    let fails = 0;
    const files = faulty({
      datasync: () => {
        if (fails-- > 0) throw new Error("EIO");
      },
    });
    const inner = awayLog();
    const log = spool(inner, { files });
    await log.append(batch(0));
    fails = 1;
    await expect(log.append(batch(1))).rejects.toThrow(/EIO/);
    await log.append(batch(1));
    expect(await segmentsOf(dir)).toHaveLength(2);
    inner.failing = undefined;
    await expect.poll(() => timesOf(inner.batches)).toEqual([0, 1]);
  });
});

test("the spool is off unless it is turned on", () => {
  expect(readSpoolConfig({})).toBeUndefined();
  expect(readSpoolConfig({ SMP_SPOOL: "true", SMP_DATA_DIR: "d" })).toEqual({
    dir: join("d", "spool"),
    bytesMax: 2 ** 30,
  });
  expect(() => readSpoolConfig({ SMP_SPOOL: "true", SMP_SPOOL_MB: "1" })).toThrow(/SMP_SPOOL_MB/);
});

/** The disk, with faults. */
function faulty(faults: { write?: () => void; datasync?: () => void; shortBytes?: number }): DiskFiles {
  return {
    ...diskFiles,
    async open(path, flags) {
      const file = await diskFiles.open(path, flags);
      return {
        read: (...place) => file.read(...place),
        truncate: (length) => file.truncate(length),
        close: () => file.close(),
        async datasync() {
          faults.datasync?.();
          await file.datasync();
        },
        async write(bytes, offset, length, position) {
          faults.write?.();
          return await file.write(bytes, offset, Math.min(length, faults.shortBytes ?? length), position);
        },
      };
    },
  };
}
