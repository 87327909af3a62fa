import { join } from "node:path";
import { writeAll, type JournalFile, type JournalFiles } from "./files.ts";
import { writeRecord, type JournalRecord, type Scan } from "./record.ts";
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
  readonly #files: JournalFiles;
  readonly #options: SegmentsOptions;
  #list: Segment[] = [];
  #active: JournalFile | undefined;
  #scanBuffer: Buffer | undefined;
  /** Bytes of a torn write that opening cut off. */
  tornBytes = 0;
  /** Bytes in the last segment that were damaged between unharmed records. */
  damagedBytes = 0;
  clockMsMax = 0;

  constructor(files: JournalFiles, options: SegmentsOptions) {
    this.#files = files;
    this.#options = options;
  }

  async open(): Promise<void> {
    const { directory } = this.#options;
    await this.#files.makeDirectory(directory);
    this.#list = await listSegments(this.#files, directory);
    const last = this.#list.at(-1);
    if (!last) return;
    const scan = await this.scan(last);
    this.clockMsMax = Math.max(scan.clockMsMax, ...this.#list.map((segment) => segment.firstClockMs ?? 0));
    this.tornBytes = last.bytes - scan.end;
    this.damagedBytes = scan.damagedBytes - this.tornBytes;
    this.#active = await this.#files.open(last.path, "r+");
    if (this.tornBytes > 0) {
      await this.#active.truncate(scan.end);
      await this.#active.datasync();
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

  /** Forgets a segment at once; its file goes afterwards. */
  async remove(segment: Segment): Promise<void> {
    this.#list = this.#list.filter((candidate) => candidate !== segment);
    await this.#files.remove(segment.path);
  }

  async close(): Promise<void> {
    await this.#active?.close();
    this.#active = undefined;
  }

  async #writable(
    record: JournalRecord,
  ): Promise<{ segment: Segment; index: SegmentIndex; file: JournalFile }> {
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
  async #begin(first: number): Promise<{ segment: Segment; index: SegmentIndex; file: JournalFile }> {
    await this.close();
    const path = join(this.#options.directory, segmentName(first));
    const file = await this.#files.open(path, "w+");
    this.#active = file;
    await this.#files.syncDirectory(this.#options.directory);
    const index = new SegmentIndex(first);
    const segment: Segment = { path, first, limit: Infinity, bytes: 0, firstClockMs: undefined, index };
    this.#list = this.#list.filter((candidate) => candidate.path !== path);
    const previous = this.#list.at(-1);
    if (previous) previous.limit = first;
    this.#list.push(segment);
    return { segment, index, file };
  }

  async #abandon(segment: Segment, file: JournalFile): Promise<void> {
    this.#active = undefined;
    // Best effort: if it fails, what was written stays behind as numbers that the next segment repeats.
    await file.truncate(segment.bytes).catch(() => undefined);
    await file.close().catch(() => undefined);
  }
}
