import type { DiskFiles } from "@smp/disk";
import type { Logger } from "pino";
import { RangeSet } from "./range-set.ts";
import type { Segment } from "./segment.ts";
import type { Segments } from "./segments.ts";
import { readState, writeState, type JournalState } from "./state-file.ts";

/** How often acknowledgements are written: what a crash may cause to be sent a second time. */
const SAVE_MS_MIN = 10_000;
const SAVE_COUNT_MAX = 1_000;

interface Ports {
  files: DiskFiles;
  log: Logger;
}

/** Which sequence numbers are done and which are on their way, and the state file that remembers the former. */
export class Acknowledgements {
  readonly #directory: string;
  readonly #segments: Segments;
  readonly #ports: Ports;
  /** Acknowledged, given up, or known not to be on disk. */
  readonly #done: RangeSet;
  readonly #taken = new RangeSet();
  readonly restored: JournalState | undefined;
  #last = 0;
  #savedAtMs = -Infinity;
  #unsaved = 0;
  #saving: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  acknowledged = 0;
  damaged = 0;

  private constructor(
    directory: string,
    segments: Segments,
    restored: JournalState | undefined,
    ports: Ports,
  ) {
    this.#directory = directory;
    this.#segments = segments;
    this.#ports = ports;
    this.restored = restored;
    this.#done = new RangeSet(restored?.done);
    this.#done.add(0, segments.first - 1);
    this.#last = segments.last;
  }

  static async open(directory: string, segments: Segments, ports: Ports): Promise<Acknowledgements> {
    const restored = await readState(ports.files, directory).catch((error: unknown) => {
      ports.log.warn(
        { err: error },
        "the journal's acknowledgements cannot be read: readings may be sent once more",
      );
      return undefined;
    });
    const acknowledgements = new Acknowledgements(directory, segments, restored, ports);
    await acknowledgements.#removeFinished();
    return acknowledgements;
  }

  get pending(): number {
    const { first } = this.#segments;
    return this.#last < first ? 0 : this.#last - first + 1 - this.#done.count(first, this.#last);
  }

  /** Readings up to this number are durable. */
  note(last: number): void {
    this.#last = last;
  }

  /** The first number, in an order, that is neither done nor on its way. */
  next(order: "oldest-first" | "newest-first", from: number, to: number): number | undefined {
    const low = Math.max(from, this.#segments.first);
    const high = Math.min(to, this.#last);
    let at = order === "oldest-first" ? low : high;
    while (at >= low && at <= high) {
      const gap =
        order === "oldest-first"
          ? this.#taken.gapUp(this.#done.gapUp(at))
          : this.#taken.gapDown(this.#done.gapDown(at));
      if (gap === at) return at;
      at = gap;
    }
    return undefined;
  }

  isFree(sequence: number): boolean {
    return !this.#done.has(sequence) && !this.#taken.has(sequence);
  }

  take(from: number, to: number): void {
    this.#taken.add(from, to);
  }

  release(from: number, to: number): void {
    this.#taken.remove(from, to);
  }

  acknowledge(from: number, to: number): void {
    this.#taken.remove(from, to);
    const count = to - from + 1 - this.#done.count(from, to);
    this.#done.add(from, to);
    this.acknowledged += count;
    this.#unsaved += count;
    this.#saving = this.#saving.then(() => this.#removeFinished());
  }

  /** Not on disk, though its number was given: there is nothing to send. */
  markAbsent(from: number, to: number): void {
    this.#done.add(from, to);
  }

  /** Everything in a segment counts as done; how many of them were not. */
  giveUp(segment: Segment): number {
    const to = segment.limit - 1;
    const lost = segment.limit - segment.first - this.#done.count(segment.first, to);
    this.#done.add(segment.first, to);
    return lost;
  }

  /** Writes the state, now or soon: at once when the last time is long ago or much has come together since. */
  save(next: number, clockMs: number): void {
    const due = this.#savedAtMs + SAVE_MS_MIN - performance.now();
    if (due <= 0 || this.#unsaved >= SAVE_COUNT_MAX) return this.#write(next, clockMs);
    this.#timer ??= setTimeout(() => this.#write(next, clockMs), due).unref();
  }

  async close(next: number, clockMs: number): Promise<void> {
    this.#write(next, clockMs);
    await this.#saving;
  }

  #write(sequence: number, clockMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#savedAtMs = performance.now();
    this.#unsaved = 0;
    this.#saving = this.#saving.then(() => this.#writeState(sequence, clockMs));
  }

  async #writeState(sequence: number, clockMs: number): Promise<void> {
    const state = { done: this.#done.ranges, next: Math.max(sequence, this.#last + 1), clockMs };
    try {
      await writeState(this.#ports.files, this.#directory, state);
    } catch (error) {
      this.#ports.log.warn(
        { err: error },
        "the journal cannot write its acknowledgements: a restart would send some readings again",
      );
    }
  }

  async #removeFinished(): Promise<void> {
    for (const segment of this.#segments.all.slice(0, -1)) {
      const size = segment.limit - segment.first;
      if (this.#done.count(segment.first, segment.limit - 1) < size) continue;
      await this.#segments.remove(segment).catch((error: unknown) => {
        this.#ports.log.warn({ err: error }, `the journal cannot remove ${segment.path}`);
        this.#segments.forget(segment); // said once; nothing in it is to be sent
      });
    }
    this.#done.add(0, this.#segments.first - 1);
  }
}
