import { join } from "node:path";
import { writeAll, type DiskFile, type DiskFiles } from "@smp/disk";
import { RECORD_HEADER_BYTES, writeRecord, type JournalRecord, type Scan } from "./record.ts";
import { listSegments, scanSegment, SegmentIndex, segmentName, type Segment } from "./segment.ts";

/** Numbers that a record may skip inside one segment; its index pays 4 bytes for each. */
const GAP_MAX = 65_536;

export interface SegmentsOptions {
  directory: string;
  segmentBytesMax: number;
  segmentMsMax: number;
}

/** The segments of one journal: the last one is written, the others are only read and removed. */
export class Segments {
  readonly #files: DiskFiles;
  readonly #options: SegmentsOptions;
  #list: Segment[] = [];
  #active: DiskFile | undefined;
  #scanBuffer: Buffer | undefined;
  /** Bytes of a torn write that opening cut off. */
  tornBytes = 0;
  /** Bytes in the last segment that were damaged between unharmed records. */
  damagedBytes = 0;
  clockMsMax = 0;

  constructor(files: DiskFiles, options: SegmentsOptions) {
    this.#files = files;
    this.#options = options;
  }

  async open(): Promise<void> {
    const { directory } = this.#options;
    await this.#files.makeDirectory(directory);
    this.#list = await listSegments(this.#files, directory);
    const last = this.#list.at(-1);
    if (!last) return;
    this.clockMsMax = Math.max(...this.#list.map((segment) => segment.firstClockMs ?? 0));
    // A bad block must not end the reading of meters for good. Each number in that segment has a record, longer than its header.
    await this.#resume(last).catch(() =>
      this.#begin(last.first + 1 + Math.ceil(last.bytes / RECORD_HEADER_BYTES)),
    );
  }

  /** Goes on with the last segment, up to where its last record ends. */
  async #resume(last: Segment): Promise<void> {
    const scan = await this.scan(last);
    this.clockMsMax = Math.max(scan.clockMsMax, this.clockMsMax);
    this.tornBytes = last.bytes - scan.end;
    this.damagedBytes = scan.damagedBytes - this.tornBytes;
    const file = await this.#files.open(last.path, "r+");
    this.#active = file;
    if (this.tornBytes > 0) {
      await file.truncate(scan.end);
      await file.datasync();
      last.bytes = scan.end;
    }
  }

  get all(): readonly Segment[] {
    return this.#list;
  }

  get bytes(): number {
    return this.#list.reduce((sum, segment) => sum + segment.bytes, 0);
  }

  /** The lowest sequence number that can still be here; 1 while there is no segment. */
  get first(): number {
    return this.#list[0]?.first ?? 1;
  }

  /** The highest sequence number that is durable, or is known to have been given. */
  get last(): number {
    return this.#list.at(-1)?.index?.last ?? 0;
  }

  of(sequence: number): Segment | undefined {
    return this.#list.findLast((segment) => segment.first <= sequence);
  }

  /** Reads a whole segment and indexes its unharmed records; always through the same buffer, as it is a large one. */
  async scan(segment: Segment): Promise<Scan> {
    const kept = this.#scanBuffer;
    this.#scanBuffer = undefined; // whoever scans at the same time makes one of its own
    const buffer = kept && kept.length >= segment.bytes ? kept : Buffer.allocUnsafe(segment.bytes);
    try {
      return await scanSegment(this.#files, segment, buffer);
    } finally {
      this.#scanBuffer = buffer;
    }
  }

  /**
   * Makes records durable with one write and one fdatasync. On failure nothing of them counts, and the next call
   * starts a new segment: after a failed fdatasync the system may have dropped the pages of the old one unwritten.
   */
  async write(records: readonly JournalRecord[]): Promise<void> {
    const first = records[0];
    if (!first) return;
    const { segment, index, file } = await this.#writable(first);
    const encoded = records.map(writeRecord);
    try {
      await writeAll(file, Buffer.concat(encoded), segment.bytes);
      await file.datasync();
    } catch (error) {
      await this.#abandon(segment, file);
      throw error;
    }
    segment.firstClockMs ??= first.clockMs;
    for (const [position, record] of records.entries()) {
      index.add(record.sequence, segment.bytes);
      segment.bytes += encoded[position]?.length ?? 0;
    }
    index.end = segment.bytes;
  }

  /** Removes a segment's file, then forgets it; one that cannot be removed stays. */
  async remove(segment: Segment): Promise<void> {
    await this.#files.remove(segment.path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
    });
    this.forget(segment);
  }

  forget(segment: Segment): void {
    this.#list = this.#list.filter((candidate) => candidate !== segment);
  }

  async close(): Promise<void> {
    await this.#active?.close();
    this.#active = undefined;
  }

  async #writable(record: JournalRecord): Promise<{ segment: Segment; index: SegmentIndex; file: DiskFile }> {
    const segment = this.#list.at(-1);
    if (segment?.index && this.#active && !this.#isFull(segment, segment.index, record))
      return { segment, index: segment.index, file: this.#active };
    return this.#begin(record.sequence);
  }

  #isFull(segment: Segment, index: SegmentIndex, record: JournalRecord): boolean {
    const ageMs = record.clockMs - (segment.firstClockMs ?? record.clockMs);
    return (
      segment.bytes >= this.#options.segmentBytesMax ||
      ageMs >= this.#options.segmentMsMax ||
      record.sequence - index.last > GAP_MAX
    );
  }

  /** Begins a segment. Its name alone already keeps all numbers below it from being given again. */
  async #begin(first: number): Promise<{ segment: Segment; index: SegmentIndex; file: DiskFile }> {
    await this.close();
    const path = join(this.#options.directory, segmentName(first));
    const file = await this.#files.open(path, "w+");
    try {
      await this.#files.syncDirectory(this.#options.directory);
    } catch (error) {
      // It belongs to no segment of the list yet: the next write must not take it for the last one's.
      await file.close().catch(() => undefined);
      throw error;
    }
    this.#active = file;
    const index = new SegmentIndex(first);
    const segment: Segment = { path, first, limit: Infinity, bytes: 0, firstClockMs: undefined, index };
    this.#list = this.#list.filter((candidate) => candidate.path !== path);
    const previous = this.#list.at(-1);
    if (previous) previous.limit = first;
    this.#list.push(segment);
    return { segment, index, file };
  }

  async #abandon(segment: Segment, file: DiskFile): Promise<void> {
    this.#active = undefined;
    // Best effort: if it fails, what was written stays behind as numbers that the next segment repeats.
    await file.truncate(segment.bytes).catch(() => undefined);
    await file.close().catch(() => undefined);
  }
}
