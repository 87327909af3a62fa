import { join } from "node:path";
import { readUpTo, writeAll, type DiskFile, type DiskFiles } from "@smp/disk";
import { readPosition, writePosition, type Position } from "./position.ts";
import { RECORD_BYTES_MAX, scanRecords, type Scan } from "./record.ts";

const PIECE_BYTES = 4 * RECORD_BYTES_MAX;
const NAME = /^(\d{12})\.spool$/;

interface Segment {
  number: number;
  /** What is durable, or was there at the start; the drain reads nothing behind it. */
  end: number;
}

export interface Piece extends Scan {
  next: Position;
}

/**
 * Files of records, numbered upwards. Only the newest is written, by one `append` at a time; after a restart or a failed
 * write that is always a new one, because what a failed fdatasync left on disk is unknown. `read` and `forget` walk
 * behind, and remove the files that they are through with.
 */
export class Segments {
  readonly #files: DiskFiles;
  readonly #dir: string;
  readonly #segmentBytesMax: number;
  #segments: Segment[] = [];
  #position: Position = { segment: 0, offset: 0 };
  /** What is being written; the drain must not remove it. */
  #current: { file: DiskFile; segment: Segment } | undefined;

  constructor(files: DiskFiles, dir: string, segmentBytesMax: number) {
    this.#files = files;
    this.#dir = dir;
    this.#segmentBytesMax = segmentBytesMax;
  }

  async open(): Promise<void> {
    await this.#files.makeDirectory(this.#dir);
    this.#position = await readPosition(this.#files, this.#positionPath);
    const numbers = (await this.#files.list(this.#dir))
      .flatMap((name) => NAME.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => a - b);
    this.#segments = [];
    for (const number of numbers)
      this.#segments.push({ number, end: await this.#files.sizeOf(this.#path(number)) });
    await this.#removeDrained();
  }

  /** Disk space taken. */
  get bytes(): number {
    return this.#segments.reduce((sum, { end }) => sum + end, 0);
  }

  /** What the drain has before it. */
  get waitingBytes(): number {
    return this.#segments.reduce(
      (sum, segment) => sum + Math.max(0, segment.end - this.#startOf(segment)),
      0,
    );
  }

  /** Resolves when the bytes are durable; when it fails, none of them count. */
  async append(bytes: Uint8Array): Promise<void> {
    try {
      if (this.#current && this.#current.segment.end >= this.#segmentBytesMax) await this.#endSegment();
      const { file, segment } = this.#current ?? (await this.#beginSegment());
      await writeAll(file, bytes, segment.end);
      await file.datasync();
      segment.end += bytes.length;
    } catch (error) {
      await this.#endSegment().catch(() => undefined);
      // Empty ones at least: on a full disk every attempt makes one.
      await this.#removeDrained().catch(() => undefined);
      throw error;
    }
  }

  /** What comes next after everything forgotten; `undefined` when there is nothing. */
  async read(): Promise<Piece | undefined> {
    const segment = this.#segments.find((one) => this.#startOf(one) < one.end);
    if (!segment) return undefined;
    const { number, end } = segment;
    const offset = this.#startOf(segment);
    const length = Math.min(PIECE_BYTES, end - offset);
    const file = await this.#files.open(this.#path(number), "r");
    try {
      const bytes = await readUpTo(file, offset, length);
      // Shorter than it was: the rest is gone, and nothing in this segment can follow.
      const isLast = offset + length === end || bytes.length < length;
      const scan = scanRecords(bytes, isLast);
      const next = bytes.length < length ? end : offset + scan.end;
      return { ...scan, next: { segment: number, offset: next } };
    } finally {
      await file.close();
    }
  }

  /** Everything before the position has reached the log. */
  async forget(position: Position): Promise<void> {
    this.#position = position;
    // On a full disk it fails, and only the removal of what is drained makes room: an older position is as good.
    await writePosition(this.#files, this.#positionPath, position).catch(() => undefined);
    await this.#removeDrained();
  }

  async close(): Promise<void> {
    await this.#endSegment();
  }

  get #positionPath(): string {
    return join(this.#dir, "position");
  }

  #path(number: number): string {
    return join(this.#dir, `${String(number).padStart(12, "0")}.spool`);
  }

  #startOf({ number, end }: Segment): number {
    const { segment, offset } = this.#position;
    return number < segment ? end : number === segment ? offset : 0;
  }

  async #beginSegment(): Promise<{ file: DiskFile; segment: Segment }> {
    const number = Math.max(this.#segments.at(-1)?.number ?? 0, this.#position.segment) + 1;
    const file = await this.#files.open(this.#path(number), "wx");
    const segment = { number, end: 0 };
    this.#segments.push(segment);
    this.#current = { file, segment };
    await this.#files.syncDirectory(this.#dir);
    return this.#current;
  }

  async #endSegment(): Promise<void> {
    const file = this.#current?.file;
    this.#current = undefined;
    await file?.close();
  }

  async #removeDrained(): Promise<void> {
    const drained = this.#segments.filter(
      (segment) => segment !== this.#current?.segment && this.#startOf(segment) >= segment.end,
    );
    this.#segments = this.#segments.filter((segment) => !drained.includes(segment));
    for (const { number } of drained) await this.#files.remove(this.#path(number));
  }
}
