import { join } from "node:path";
import { readUpTo, type DiskFile, type DiskFiles } from "@smp/disk";
import { RECORD_HEADER_BYTES, PAYLOAD_BYTES_MAX, readRecord, scanRecords, type Scan } from "./record.ts";

const NAME = /^(\d{16})\.log$/;
const ABSENT = 0xffff_ffff;

/** One file of the journal. Its name is the first sequence number that it may hold. */
export interface Segment {
  readonly path: string;
  readonly first: number;
  /** The first sequence number of the segment after it. */
  limit: number;
  /** Bytes on disk that count: what lies behind them is a torn write. */
  bytes: number;
  /** The journal's clock at its first record; `undefined` while it has none. */
  firstClockMs: number | undefined;
  /** Where each record begins; made on first use, 4 bytes a record. */
  index: SegmentIndex | undefined;
}

export const segmentName = (first: number): string => `${String(first).padStart(16, "0")}.log`;

/** The journal's segments, oldest first. */
export async function listSegments(files: DiskFiles, directory: string): Promise<Segment[]> {
  const names = (await files.list(directory)).filter((name) => NAME.test(name)).sort();
  const segments: Segment[] = [];
  for (const name of names) {
    const path = join(directory, name);
    const bytes = await files.sizeOf(path);
    const first = Number(name.slice(0, 16));
    segments.push({ path, first, limit: Infinity, bytes, firstClockMs: undefined, index: undefined });
  }
  for (const [position, segment] of segments.entries()) {
    segment.limit = segments[position + 1]?.first ?? Infinity;
    segment.firstClockMs = await firstClock(files, segment);
  }
  return segments;
}

async function firstClock(files: DiskFiles, segment: Segment): Promise<number | undefined> {
  // One that cannot be read is told of when its readings are to be sent.
  const head = await withFile(files, segment.path, (file) =>
    readUpTo(file, 0, RECORD_HEADER_BYTES + PAYLOAD_BYTES_MAX),
  ).catch(() => undefined);
  return head && readRecord(head, 0)?.clockMs;
}

/** Reads a whole segment, into a buffer that can hold it, and indexes its unharmed records. */
export async function scanSegment(files: DiskFiles, segment: Segment, buffer: Buffer): Promise<Scan> {
  const bytes = await withFile(files, segment.path, (file) => readUpTo(file, 0, segment.bytes, buffer));
  const index = new SegmentIndex(segment.first);
  const scan = scanRecords(bytes, segment.first, segment.limit, (sequence, offset) =>
    index.add(sequence, offset),
  );
  index.end = scan.end;
  segment.index = index;
  return scan;
}

async function withFile<T>(files: DiskFiles, path: string, use: (file: DiskFile) => Promise<T>): Promise<T> {
  const file = await files.open(path, "r");
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

/** The payloads of `from` to `to`, in order; `undefined` where a record is damaged by now. All of them are in the index. */
export async function readPayloads(
  files: DiskFiles,
  segment: Segment,
  index: SegmentIndex,
  from: number,
  to: number,
): Promise<(Uint8Array | undefined)[]> {
  const start = index.offsetOf(from) ?? 0;
  const bytes = await withFile(files, segment.path, (file) => readUpTo(file, start, index.endOf(to) - start));
  const payloads: (Uint8Array | undefined)[] = [];
  for (let sequence = from; sequence <= to; sequence++) {
    const record = readRecord(bytes, (index.offsetOf(sequence) ?? 0) - start);
    payloads.push(record?.sequence === sequence ? record.payload : undefined);
  }
  return payloads;
}

/** Sequence number to offset, 4 bytes each: a segment has at most a few ten thousand records. */
export class SegmentIndex {
  readonly #first: number;
  #offsets: Uint32Array = new Uint32Array(256).fill(ABSENT);
  #length = 0;
  /** Where the last record ends. */
  end = 0;

  constructor(first: number) {
    this.#first = first;
  }

  /** The last sequence number in it; `first - 1` while it is empty. */
  get last(): number {
    return this.#first + this.#length - 1;
  }

  add(sequence: number, offset: number): void {
    const position = sequence - this.#first;
    if (position >= this.#offsets.length) {
      const grown = new Uint32Array(Math.max(this.#offsets.length * 2, position + 1)).fill(ABSENT);
      grown.set(this.#offsets);
      this.#offsets = grown;
    }
    this.#offsets[position] = offset;
    this.#length = position + 1;
  }

  offsetOf(sequence: number): number | undefined {
    const offset = this.#offsets[sequence - this.#first];
    return offset === undefined || offset === ABSENT ? undefined : offset;
  }

  /** Where a record ends at the latest: at the start of the next one. */
  endOf(sequence: number): number {
    for (let next = sequence + 1; next <= this.last; next++) {
      const offset = this.offsetOf(next);
      if (offset !== undefined) return offset;
    }
    return this.end;
  }
}
