import { mkdir, readdir, rm, symlink } from "node:fs/promises";
import { DAY_MS } from "@smp/schemas";
import { describe, expect, test } from "vitest";
import { append, appendMany, drain, openJournal, scratch, sequenceOf, take, upTo } from "./scratch.ts";

test("readings come out oldest first, once each, and numbers rise from 1", async () => {
  const journal = await openJournal(await scratch());
  expect(await appendMany(journal, 1_000)).toEqual(upTo(1_000));
  expect(journal.stats).toMatchObject({ pending: 1_000, lastSequence: 1_000 });
  expect(await drain(journal)).toEqual(upTo(1_000));
  expect(journal.stats).toMatchObject({ pending: 0, acknowledged: 1_000, dropped: 0, damaged: 0 });
  await journal.close();
});

test("readings that come one after the other, each as soon as the last is durable, are all written", async () => {
  const journal = await openJournal(await scratch());
  for (let count = 1; count <= 50; count++) expect(await append(journal)).toBe(count);
  expect(await drain(journal)).toEqual(upTo(50));
  await journal.close();
});

test("newest first takes the newest batch, each batch oldest first inside", async () => {
  const journal = await openJournal(await scratch());
  await appendMany(journal, 700, 100);
  const first = await take(journal, "newest-first");
  expect(first?.to).toBe(700);
  const sequences = first?.payloads.map(sequenceOf) ?? [];
  expect(sequences).toEqual(upTo(700 - (first?.from ?? 0) + 1, first?.from));
  const second = await take(journal, "newest-first");
  expect(second?.to).toBe((first?.from ?? 0) - 1);
  await journal.close();
});

test("a batch stays within its readings and its bytes, but one reading always goes", async () => {
  const journal = await openJournal(await scratch());
  await appendMany(journal, 600, 20);
  await appendMany(journal, 40, 1_000);
  await append(journal, 16_384);
  const counts: number[] = [];
  for (let batch = await take(journal); batch; batch = await take(journal)) {
    const bytes = batch.payloads.reduce((sum, payload) => sum + payload.length, 0);
    expect(batch.payloads.length === 1 || bytes <= 16_381).toBe(true);
    counts.push(batch.payloads.length);
  }
  expect(counts[0]).toBe(500);
  expect(counts.at(-1)).toBe(1);
  expect(counts.reduce((sum, count) => sum + count)).toBe(641);
  await journal.close();
});

test("a released batch is handed out again, an acknowledged one is not", async () => {
  const journal = await openJournal(await scratch());
  await appendMany(journal, 10);
  const batch = await journal.take({ order: "oldest-first", readingsMax: 4, bytesMax: 16_381 });
  expect(await drain(journal)).toEqual(upTo(6, 5));
  if (!batch) throw new Error("no batch");
  journal.release(batch);
  expect(await drain(journal)).toEqual(upTo(4));
  expect(await drain(journal)).toEqual([]);
  await journal.close();
});

describe("over restarts", () => {
  test("what is unacknowledged is still there, what is acknowledged is not, numbers go on", async () => {
    const directory = await scratch();
    const first = await openJournal(directory);
    await appendMany(first, 100);
    const batch = await first.take({ order: "oldest-first", readingsMax: 30, bytesMax: 16_381 });
    if (batch) first.acknowledge(batch);
    await first.close();
    const second = await openJournal(directory);
    expect(second.stats.pending).toBe(70);
    expect(await append(second)).toBe(101);
    expect(await drain(second)).toEqual(upTo(71, 31));
    await second.close();
  });

  test("an emptied journal never gives a number again, even without its state file", async () => {
    const directory = await scratch();
    let expected = 1;
    for (let round = 0; round < 4; round++) {
      const journal = await openJournal(directory, { bytesMax: 1 << 20 });
      const numbers = await appendMany(journal, 3_000, 100); // several segments
      expect(numbers).toEqual(upTo(3_000, expected));
      expect(await drain(journal)).toHaveLength(3_000);
      await journal.close();
      expected += 3_000;
    }
    const names = (await readdir(directory)).filter((name) => name.endsWith(".log"));
    expect(names.length).toBe(1);
    await rm(`${directory}/state.json`);
    const journal = await openJournal(directory);
    expect(await append(journal)).toBe(expected);
    await journal.close();
  });

  test("a directory is used by one process at a time", async () => {
    const directory = await scratch();
    const journal = await openJournal(directory);
    await expect(openJournal(directory)).rejects.toThrow(/in use by another process/);
    await journal.close();
    await (await openJournal(directory)).close();
  });

  test("whatever link leads to it, be it before the directory is made", async () => {
    const folder = await scratch();
    await mkdir(`${folder}/disk`);
    await symlink(`${folder}/disk`, `${folder}/link`);
    const journal = await openJournal(`${folder}/link/house-7/journal`);
    await expect(openJournal(`${folder}/disk/house-7/journal`)).rejects.toThrow(/in use by another process/);
    await journal.close();
  });
});

describe("bounds", () => {
  test("at its size limit the oldest readings go first, counted, and the newest stay", async () => {
    const journal = await openJournal(await scratch(), { bytesMax: 1 << 20 });
    for (let round = 0; round < 100; round++) await appendMany(journal, 200, 100);
    const { bytes, dropped, pending } = journal.stats;
    expect(bytes).toBeLessThanOrEqual(1 << 20);
    expect(dropped).toBeGreaterThan(0);
    expect(dropped + pending).toBe(20_000);
    expect(await drain(journal)).toEqual(upTo(pending, dropped + 1));
    await journal.close();
  });

  test("what is older than its days of operation goes, however the wall clock steps", async () => {
    const directory = await scratch();
    let operationMs = 0;
    const journal = await openJournal(directory, { daysMax: 30 }, { monotonicMs: () => operationMs });
    for (let day = 0; day < 40; day++) {
      await appendMany(journal, 10);
      operationMs += DAY_MS;
    }
    const { dropped, pending } = journal.stats;
    expect(dropped).toBeGreaterThanOrEqual(70);
    expect(dropped).toBeLessThanOrEqual(100);
    expect(pending + dropped).toBe(400);
    await journal.close();
  });

  test("the age goes on over restarts", async () => {
    const directory = await scratch();
    let dropped = 0;
    for (let day = 0; day < 40; day++) {
      let operationMs = 0;
      const journal = await openJournal(directory, { daysMax: 30 }, { monotonicMs: () => operationMs });
      await appendMany(journal, 10);
      operationMs += DAY_MS;
      await appendMany(journal, 1);
      dropped += journal.stats.dropped;
      await journal.close();
    }
    expect(dropped).toBeGreaterThanOrEqual(70);
    expect(dropped).toBeLessThanOrEqual(120);
  });

  test("segments that are acknowledged leave the disk", async () => {
    const journal = await openJournal(await scratch(), { bytesMax: 8 << 20 });
    await appendMany(journal, 30_000, 100);
    const full = journal.stats.bytes;
    expect(await drain(journal)).toHaveLength(30_000);
    await journal.close();
    expect(full).toBeGreaterThan(3_000_000);
    expect(journal.stats.bytes).toBeLessThanOrEqual(1.2 * (1 << 20));
  });

  test("an oversized reading is refused and uses up no number", async () => {
    const journal = await openJournal(await scratch());
    await expect(append(journal, 16_385)).rejects.toThrow(/does not fit/);
    expect(await append(journal)).toBe(1);
    await journal.close();
  });
});
