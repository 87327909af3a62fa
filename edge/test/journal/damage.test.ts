import { copyFile, mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { diskFiles, type DiskFiles } from "@smp/disk";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readRecord, scanRecords, writeRecord, type Scan } from "../../src/journal/record.ts";
import { append, appendMany, drain, openJournal, payloadOf, scratch, take, upTo } from "./scratch.ts";

const SEED = Number(process.env["SEED"] ?? 1);
const RECORDS = 12;

/** The bytes of a segment with twelve readings, the sizes of which differ. */
const segment = Buffer.concat(
  upTo(RECORDS).map((sequence) =>
    writeRecord({ sequence, clockMs: sequence, payload: payloadOf(sequence, 20 + sequence * 3) }),
  ),
);
const boundaries = upTo(RECORDS).reduce<number[]>(
  (ends, sequence) => [...ends, (ends.at(-1) ?? 0) + 20 + 20 + sequence * 3],
  [],
);

function scan(bytes: Buffer): Omit<Scan, "records"> & { records: { sequence: number; offset: number }[] } {
  const records: { sequence: number; offset: number }[] = [];
  return {
    ...scanRecords(bytes, 1, Infinity, (sequence, offset) => records.push({ sequence, offset })),
    records,
  };
}

async function journalOf(bytes: Buffer): Promise<string> {
  const directory = await scratch();
  await writeFile(join(directory, "0000000000000001.log"), bytes);
  return directory;
}

describe("a power cut", () => {
  test("at any byte of the file costs the torn reading and none before it, and its number stays unused", async () => {
    const directory = await scratch();
    const start = boundaries[RECORDS - 4] ?? 0;
    for (let length = start; length <= segment.length; length++) {
      const cut = join(directory, String(length));
      await mkdir(cut);
      await writeFile(join(cut, "0000000000000001.log"), segment.subarray(0, length));
      const whole = boundaries.filter((end) => end <= length).length;
      const journal = await openJournal(cut);
      expect(journal.stats.pending).toBe(whole);
      const next = await append(journal);
      expect(next).toBeGreaterThan(whole);
      expect(boundaries.includes(length) ? next === whole + 1 : next > whole + 1).toBe(true);
      expect(await drain(journal)).toEqual([...upTo(whole), next]);
      await journal.close();
    }
  });

  test("a tail of zeros or of noise is cut off", async () => {
    for (const tail of [
      Buffer.alloc(5_000),
      Buffer.alloc(300, 0xc5),
      Buffer.from("c54a0010deadbeef", "hex"),
    ]) {
      const directory = await journalOf(Buffer.concat([segment, tail]));
      const journal = await openJournal(directory);
      const next = await append(journal);
      const { size } = await stat(join(directory, "0000000000000001.log"));
      expect(size).toBe(segment.length + 20 + payloadOf(next).length);
      expect(await drain(journal)).toEqual([...upTo(RECORDS), next]);
      await journal.close();
    }
  });

  test("a damaged or empty state file costs only that readings are sent once more", async () => {
    for (const state of ["", "{}", '{"done":[[0,99]],"next":7,"clockMs":1}\n00000000\n']) {
      const directory = await journalOf(segment);
      await writeFile(join(directory, "state.json"), state);
      const journal = await openJournal(directory);
      expect(await drain(journal)).toEqual(upTo(RECORDS));
      await journal.close();
    }
  });
});

describe("a flipped bit", () => {
  test("anywhere costs one reading at most, and never makes one up", () => {
    const whole = new Map(
      upTo(RECORDS).map((sequence) => [sequence, Buffer.from(payloadOf(sequence, 20 + sequence * 3))]),
    );
    const wrong: number[] = [];
    for (let bit = 0; bit < segment.length * 8; bit++) {
      const bytes = Buffer.from(segment);
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const { records } = scan(bytes);
      const right = records.filter(({ sequence, offset }) => {
        const payload = readRecord(bytes, offset)?.payload;
        return payload !== undefined && whole.get(sequence)?.equals(payload);
      });
      if (records.length !== RECORDS - 1 || right.length !== RECORDS - 1) wrong.push(bit);
    }
    // One expectation of all bits: one of each record takes longer than the journal.
    expect(wrong).toEqual([]);
  });

  test("in a file of an earlier segment is skipped, counted, and does not hold up the rest", async () => {
    const directory = await scratch();
    const first = await openJournal(directory, { bytesMax: 1 << 20 });
    await appendMany(first, 4_000, 60);
    await first.close();
    const [oldest = ""] = (await readdir(directory)).sort();
    const bytes = await readFile(join(directory, oldest));
    bytes[80 * 100 + 50] = 0xff; // inside the payload of reading 101
    await writeFile(join(directory, oldest), bytes);
    const journal = await openJournal(directory, { bytesMax: 1 << 20 });
    expect(await drain(journal)).toEqual(upTo(4_000).filter((sequence) => sequence !== 101));
    expect(journal.stats).toMatchObject({ damaged: 1, pending: 0 });
    await journal.close();
  });

  test("that happens while the journal is open is found when the reading is sent", async () => {
    const directory = await scratch();
    const journal = await openJournal(directory);
    await appendMany(journal, 10, 60);
    const path = join(directory, "0000000000000001.log");
    const bytes = await readFile(path);
    bytes[80 * 4 + 30] = 0x00;
    await writeFile(path, bytes);
    expect(await drain(journal)).toEqual([1, 2, 3, 4, 6, 7, 8, 9, 10]);
    expect(journal.stats).toMatchObject({ damaged: 1, pending: 0 });
    await journal.close();
  });
});

test("no bytes whatever make the journal throw, loop, or hand out what was not written", () => {
  const noise = fc.oneof(
    fc.uint8Array({ maxLength: 400 }),
    fc.integer({ min: 0, max: segment.length }).map((length) => segment.subarray(0, length)),
    fc.constant(Buffer.from("c54a", "hex")),
  );
  const written = new Set(
    upTo(RECORDS).map((sequence) => Buffer.from(payloadOf(sequence, 20 + sequence * 3)).toString("hex")),
  );
  fc.assert(
    fc.property(fc.array(noise, { maxLength: 6 }), (parts) => {
      const bytes = Buffer.concat(parts);
      const { records, end, damagedBytes } = scan(bytes);
      expect(end).toBeLessThanOrEqual(bytes.length);
      expect(damagedBytes).toBeLessThanOrEqual(bytes.length);
      for (const { offset } of records)
        expect(written.has(Buffer.from(readRecord(bytes, offset)?.payload ?? []).toString("hex"))).toBe(true);
      expect(records.map(({ sequence }) => sequence)).toEqual(
        records.map(({ sequence }) => sequence).sort((a, b) => a - b),
      );
    }),
    { seed: SEED, numRuns: 500 },
  );
});

test("a segment that cannot be read does not hold up the others, and is tried again after a restart", async () => {
  const directory = await scratch();
  const first = await openJournal(directory, { bytesMax: 1 << 20 });
  await appendMany(first, 4_000, 60);
  await first.close();
  const [oldest = "", second = ""] = (await readdir(directory)).sort();
  await copyFile(join(directory, oldest), join(directory, "copy"));
  let broken = false;
  const files = {
    ...diskFiles,
    open: (path: string, flags: "r" | "r+" | "w+") =>
      broken && path.endsWith(oldest)
        ? Promise.reject(new Error("EIO: i/o error, read"))
        : diskFiles.open(path, flags),
  };
  const journal = await openJournal(directory, { bytesMax: 1 << 20 }, { files });
  broken = true;
  const rest = await drain(journal);
  expect(rest).toEqual(upTo(4_000 - Number(second.slice(0, 16)) + 1, Number(second.slice(0, 16))));
  expect(await take(journal)).toBeUndefined();
  await journal.close();
  const again = await openJournal(directory, { bytesMax: 1 << 20 });
  expect(await drain(again)).toEqual(upTo(Number(second.slice(0, 16)) - 1));
  await again.close();
});

test.each(["the last", "an earlier"])(
  "%s segment that cannot be read at the start does not end the reading of meters",
  async (which) => {
    const directory = await scratch();
    const first = await openJournal(directory, { bytesMax: 1 << 20 });
    await appendMany(first, 4_000, 60);
    await first.close();
    const segments = (await readdir(directory)).filter((name) => name.endsWith(".log")).sort();
    const bad = (which === "the last" ? segments.at(-1) : segments[1]) ?? "";
    const eio = (): Promise<never> => Promise.reject(new Error("EIO: i/o error, read"));
    let broken = true;
    const files: DiskFiles = {
      ...diskFiles,
      async open(path, flags) {
        const file = await diskFiles.open(path, flags);
        return {
          write: (...write) => file.write(...write),
          read: (...read) => (path.endsWith(bad) && broken ? eio() : file.read(...read)),
          truncate: (length) => file.truncate(length),
          datasync: () => file.datasync(),
          close: () => file.close(),
        };
      },
    };
    await rm(join(directory, "state.json")); // the worst case: numbers are known from the segments alone
    const journal = await openJournal(directory, { bytesMax: 1 << 20 }, { files });
    const next = await append(journal);
    expect(next).toBeGreaterThan(4_000);
    const sent = await drain(journal);
    expect(sent.at(-1)).toBe(next);
    expect(sent.length).toBeGreaterThan(1_000);
    await journal.close();
    broken = false;
    const again = await openJournal(directory, { bytesMax: 1 << 20 });
    const rest = await drain(again);
    expect([...sent, ...rest].sort((a, b) => a - b)).toEqual([...upTo(4_000), next]);
    await again.close();
  },
);
