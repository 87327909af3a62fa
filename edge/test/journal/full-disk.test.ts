import { execFile } from "node:child_process";
import { appendFile, rm, stat, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { diskFiles, type DiskFile, type DiskFiles } from "@smp/disk";
import { describe, expect, onTestFinished, test } from "vitest";
import { eventually } from "../eventually.ts";
import { logLines } from "../publisher/log-lines.ts";
import { append, appendMany, drain, openJournal, scratch, upTo } from "./scratch.ts";

const run = promisify(execFile);

interface Disk {
  files: DiskFiles;
  /** Bytes that are left; writes that do not fit are cut short without an error, as Linux does, then fail. */
  free: number;
  failSync: boolean;
  failTruncate: boolean;
  syncs: number;
}

/** The real disk with faults in front of it. */
function faultyDisk(): Disk {
  const enospc = (): Error =>
    Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
  const wrap = (file: DiskFile): DiskFile => ({
    async write(bytes, offset, length, position) {
      if (disk.free <= 0) throw enospc();
      const fits = Math.min(length, disk.free);
      disk.free -= fits;
      return file.write(bytes, offset, fits, position);
    },
    read: (...read) => file.read(...read),
    truncate: (length) =>
      disk.failTruncate ? Promise.reject(new Error("EIO: i/o error, ftruncate")) : file.truncate(length),
    async datasync() {
      disk.syncs++;
      if (disk.failSync) throw new Error("EIO: i/o error, fdatasync");
      await file.datasync();
    },
    close: () => file.close(),
  });
  const disk: Disk = {
    files: { ...diskFiles, open: async (path, flags) => wrap(await diskFiles.open(path, flags)) },
    free: Infinity,
    failSync: false,
    failTruncate: false,
    syncs: 0,
  };
  return disk;
}

describe("a disk that is full", () => {
  test.each([false, true])(
    "takes part of a write without an error: nothing is acknowledged before it is whole (truncate fails: %s)",
    async (failTruncate) => {
      const disk = faultyDisk();
      const { log, lines } = logLines();
      const directory = await scratch();
      const journal = await openJournal(directory, {}, { files: disk.files, log });
      await appendMany(journal, 5);
      disk.free = 100; // the next record of 80 bytes fits, the one after it in part
      disk.failTruncate = failTruncate;
      const waiting = [append(journal), append(journal), append(journal)];
      await eventually(() => expect(journal.stats.failure).toMatch(/ENOSPC/));
      expect(journal.stats.pending).toBe(5);
      expect(await drain(journal)).toEqual(upTo(5));
      disk.free = Infinity;
      expect(await Promise.all(waiting)).toEqual([6, 7, 8]);
      expect(journal.stats.failure).toBeUndefined();
      expect(await drain(journal)).toEqual([6, 7, 8]);
      await journal.close();
      expect(lines.filter((line) => line.includes("free some space"))).toHaveLength(1);
      expect(lines.filter((line) => line.includes("nothing that waited was lost"))).toHaveLength(1);
    },
  );

  test("and a kill meanwhile: what was durable before is all there afterwards, and nothing else", async () => {
    for (let free = 0; free < 320; free += 7) {
      const disk = faultyDisk();
      disk.failTruncate = true;
      const directory = await scratch();
      const journal = await openJournal(directory, {}, { files: disk.files });
      await appendMany(journal, 5);
      disk.free = free;
      const lost = Promise.allSettled([append(journal), append(journal), append(journal), append(journal)]);
      await eventually(() => expect(journal.stats.failure).toMatch(/ENOSPC/));
      disk.free = 0;
      await journal.close();
      await lost;
      await rm(join(directory, "state.json"), { force: true });
      const again = await openJournal(directory);
      const found = await drain(again);
      expect(found.slice(0, 5)).toEqual(upTo(5));
      expect(found).toEqual(upTo(found.length)); // whole records that reached the disk may come back
      expect(await append(again)).toBeGreaterThan(found.length);
      await again.close();
    }
  });

  test("for long: readings wait in bounded memory, the oldest are given up and counted", async () => {
    const disk = faultyDisk();
    const journal = await openJournal(await scratch(), {}, { files: disk.files });
    await appendMany(journal, 2);
    disk.free = 0;
    const settled = Promise.allSettled(upTo(5_000).map(() => append(journal)));
    await eventually(() => expect(journal.stats.failure).toBeDefined());
    expect(journal.stats.dropped).toBeGreaterThan(0);
    expect(journal.stats.dropped).toBeLessThanOrEqual(5_000 - 4_096);
    disk.free = Infinity;
    const results = await settled;
    const given = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
    expect(given.length + journal.stats.dropped).toBe(5_000);
    expect(results.at(-2)?.status).toBe("fulfilled");
    const refused = results.find(({ status }) => status === "rejected");
    expect(refused).toMatchObject({ reason: { code: "journal-full", retryable: true } });
    expect(await drain(journal)).toEqual([1, 2, ...given]);
    await journal.close();
  });

  test("closing while it is full does not hang, and says that the waiting readings were not kept", async () => {
    const disk = faultyDisk();
    const journal = await openJournal(await scratch(), {}, { files: disk.files });
    disk.free = 0;
    const waiting = append(journal);
    waiting.catch(() => undefined); // looked at below
    await eventually(() => expect(journal.stats.failure).toBeDefined());
    await journal.close();
    await expect(waiting).rejects.toThrow(/not kept/);
  });
});

test("after a failed fdatasync the readings go into a new file: the old one's pages may be lost", async () => {
  const disk = faultyDisk();
  const directory = await scratch();
  const journal = await openJournal(directory, {}, { files: disk.files });
  await appendMany(journal, 3);
  disk.failSync = true;
  const waiting = append(journal);
  await eventually(() => expect(journal.stats.failure).toMatch(/fdatasync/));
  expect(journal.stats.pending).toBe(3);
  disk.failSync = false;
  expect(await waiting).toBe(4);
  expect(await drain(journal)).toEqual(upTo(4));
  await journal.close();
  const again = await openJournal(directory);
  expect(await append(again)).toBe(5);
  await again.close();
});

test("a folder that cannot be synced for a while sends no reading where nobody looks for it", async () => {
  const disk = faultyDisk();
  const directory = await scratch();
  let failFolder = false;
  const syncDirectory = (path: string): Promise<void> =>
    failFolder ? Promise.reject(new Error("EIO: i/o error, fsync")) : diskFiles.syncDirectory(path);
  const journal = await openJournal(directory, {}, { files: { ...disk.files, syncDirectory } });
  await appendMany(journal, 3);
  [disk.free, failFolder] = [0, true];
  const waiting = append(journal);
  await eventually(() => expect(journal.stats.failure).toMatch(/ENOSPC/));
  disk.free = Infinity;
  await eventually(() => expect(journal.stats.failure).toMatch(/fsync/));
  failFolder = false;
  expect(await waiting).toBe(4);
  expect(await drain(journal)).toEqual(upTo(4));
  await journal.close();
});

test("a disk that became read-only gives up nothing that can still be sent, though the journal is full", async () => {
  let [readOnly, refusals] = [false, 0];
  const refuse = (): Promise<never> => {
    refusals++;
    return Promise.reject(Object.assign(new Error("EROFS: read-only file system"), { code: "EROFS" }));
  };
  const files: DiskFiles = {
    ...diskFiles,
    remove: (path) => (readOnly ? refuse() : diskFiles.remove(path)),
    open: (path, flags) => (readOnly && flags !== "r" ? refuse() : diskFiles.open(path, flags)),
  };
  const directory = await scratch();
  const journal = await openJournal(directory, { bytesMax: 64 << 10 }, { files });
  for (let segment = 0; segment < 7; segment++) await appendMany(journal, 110);
  const { pending, dropped } = journal.stats;
  readOnly = true;
  const waiting = Promise.allSettled(upTo(4).map(() => append(journal, 15_000)));
  await eventually(() => expect(refusals).toBeGreaterThanOrEqual(3));
  expect(journal.stats.failure).toMatch(/EROFS/);
  expect(journal.stats.dropped).toBe(dropped);
  expect(await drain(journal)).toHaveLength(pending);
  readOnly = false;
  expect((await waiting).map(({ status }) => status)).toEqual(Array(4).fill("fulfilled"));
  await journal.close();
});

test("what a power cut could undo is on the disk before anything builds on it: new files, cut ones, the state", async () => {
  const steps: string[] = [];
  const note = <A extends unknown[], R>(step: string, run: (...given: A) => R) => {
    return (...given: A): R => {
      steps.push(step);
      return run(...given);
    };
  };
  const files: DiskFiles = {
    ...diskFiles,
    async open(path, flags) {
      const file = await diskFiles.open(path, flags);
      const name = basename(path);
      return {
        write: note(`write ${name}`, (...given) => file.write(...given)),
        read: (...given) => file.read(...given),
        truncate: note(`cut ${name}`, (length) => file.truncate(length)),
        datasync: note(`sync ${name}`, () => file.datasync()),
        close: () => file.close(),
      };
    },
    rename: note("rename", (from: string, to: string) => diskFiles.rename(from, to)),
    syncDirectory: note("sync folder", (path: string) => diskFiles.syncDirectory(path)),
  };
  const directory = await scratch();
  const log = "0000000000000001.log";
  const state = ["write state.json.new", "sync state.json.new", "rename", "sync folder"];
  const journal = await openJournal(directory, {}, { files });
  await append(journal);
  await journal.close();
  expect(steps.splice(0)).toEqual(["sync folder", `write ${log}`, `sync ${log}`, ...state]);
  await appendFile(join(directory, log), Buffer.alloc(9));
  await (await openJournal(directory, {}, { files })).close();
  expect(steps).toEqual([`cut ${log}`, `sync ${log}`, ...state]);
});

test("nobody else on this computer may read what waits: it tells when somebody is at home", async () => {
  const directory = join(await scratch(), "journal");
  const journal = await openJournal(directory);
  await append(journal);
  await journal.close();
  for (const path of ["", "0000000000000001.log", "state.json"])
    expect((await stat(join(directory, path))).mode & 0o077).toBe(0);
});

test("readings of one moment share one fdatasync", async () => {
  const disk = faultyDisk();
  const journal = await openJournal(await scratch(), {}, { files: disk.files });
  await appendMany(journal, 1);
  disk.syncs = 0;
  await Promise.all(upTo(500).map(() => append(journal)));
  expect(disk.syncs).toBe(1);
  await journal.close();
});

// Mounting needs root; without it the faulty disk above plays the same part.
test.runIf(process.getuid?.() === 0 && process.platform === "linux")(
  "a real file system of 1 MB that fills up and is freed again",
  async ({ skip }) => {
    const directory = await scratch();
    const mounted = await run("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", directory]).then(
      () => true,
      () => false,
    );
    if (!mounted) return skip("mounting is not allowed here");
    const unmount = (): Promise<unknown> => run("umount", ["-l", directory]);
    onTestFinished(async () => {
      await unmount();
    });
    const ballast = join(directory, "ballast");
    await writeFile(ballast, Buffer.alloc(700 << 10));
    const journal = await openJournal(join(directory, "journal"), { bytesMax: 64 << 20 });
    const durable: number[] = [];
    const waiting: Promise<void>[] = [];
    while (journal.stats.failure === undefined) {
      const group = upTo(100).map(() => append(journal, 200).then((sequence) => void durable.push(sequence)));
      waiting.push(...group);
      await Promise.race([Promise.all(group), eventually(() => expect(journal.stats.failure).toBeDefined())]);
    }
    expect(journal.stats.failure).toMatch(/ENOSPC|no more bytes/);
    const before = durable.length;
    expect(await drain(journal)).toEqual(upTo(before));
    await rm(ballast);
    await Promise.all(waiting);
    expect(durable).toEqual(upTo(durable.length));
    expect(await drain(journal)).toEqual(upTo(durable.length - before, before + 1));
    await journal.close();
    return undefined;
  },
);
