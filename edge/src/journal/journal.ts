import { diskFiles, lockDirectory, type DirectoryLock, type DiskFiles } from "@smp/disk";
import { DAY_MS, messageOf, PlatformError } from "@smp/schemas";
import type { Logger } from "pino";
import { Acknowledgements } from "./acknowledgements.ts";
import { closedError, CommitQueue } from "./commit-queue.ts";
import { journalClock, type JournalClock } from "./journal-clock.ts";
import { PAYLOAD_BYTES_MAX, RECORD_HEADER_BYTES, type JournalRecord } from "./record.ts";
import { Segments } from "./segments.ts";
import { takeBatch, type Batch, type TakeOptions } from "./take.ts";

/** The journal's limits that are not a user's choice. */
const SEGMENT_BYTES_MAX = 1 << 20;
const SEGMENTS_MIN = 8;
const TORN_RECORD_BYTES_MIN = 40;

export interface JournalOptions {
  directory: string;
  /** Disk space, bytes; the oldest readings go first. */
  bytesMax: number;
  /** Days of operation that a reading is kept unacknowledged. */
  daysMax: number;
}

export interface JournalPorts {
  log: Logger;
  files?: DiskFiles;
  /** A clock that never steps, ms. */
  monotonicMs?: () => number;
}

export interface JournalStats {
  /** Readings on disk that nobody acknowledged. */
  pending: number;
  bytes: number;
  /** The highest sequence number given. */
  lastSequence: number;
  acknowledged: number;
  /** Readings given up unacknowledged because the journal was full, or because the disk took nothing for too long. */
  dropped: number;
  /** Records that were damaged on disk. */
  damaged: number;
  /** Why the disk takes nothing at present. */
  failure: string | undefined;
}

/**
 * Readings on disk until somebody acknowledged them. Payloads are opaque here.
 *
 * `append` resolves when the reading is durable. `take` hands out readings that are neither acknowledged nor handed
 * out; each batch ends in `acknowledge` or `release`. Nothing is ever handed out before it is durable.
 *
 * mqtt.js' own stores are not used for this. They replay one message at a time, waiting for each PUBACK (20 messages/s
 * at 50 ms), announce the connection only afterwards, keep new messages in memory meanwhile, and the file-backed one
 * lets a restarted process' random message ids overwrite stored messages (740 of 990 in a forced run).
 */
export class Journal {
  readonly #log: Logger;
  readonly #options: JournalOptions;
  readonly #segments: Segments;
  readonly #acknowledgements: Acknowledgements;
  readonly #files: DiskFiles;
  readonly #clock: JournalClock;
  readonly #commits: CommitQueue;
  readonly #lock: DirectoryLock;
  #next: number;
  #dropped = 0;

  private constructor(
    options: JournalOptions,
    ports: JournalPorts,
    parts: {
      files: DiskFiles;
      segments: Segments;
      acknowledgements: Acknowledgements;
      lock: DirectoryLock;
    },
  ) {
    this.#options = options;
    this.#log = ports.log;
    this.#files = parts.files;
    this.#segments = parts.segments;
    this.#acknowledgements = parts.acknowledgements;
    this.#lock = parts.lock;
    const { segments, acknowledgements } = parts;
    // Numbers of records that a torn write took with it are not given to others.
    const torn = Math.ceil(segments.tornBytes / TORN_RECORD_BYTES_MIN);
    this.#next = Math.max(segments.last + 1 + torn, segments.first, acknowledgements.restored?.next ?? 1);
    const baseMs = Math.max(segments.clockMsMax, acknowledgements.restored?.clockMs ?? 0);
    this.#clock = journalClock(baseMs, ports.monotonicMs ?? (() => performance.now()));
    this.#commits = new CommitQueue({
      log: ports.log,
      directory: options.directory,
      write: (records) => this.#write(records),
    });
  }

  /** Opens or makes the journal in a directory, and locks it for this process. */
  static async open(options: JournalOptions, ports: JournalPorts): Promise<Journal> {
    const files = ports.files ?? diskFiles;
    const lock = await lockDirectory(options.directory, "edge", inUse);
    try {
      const segments = new Segments(files, {
        directory: options.directory,
        segmentBytesMax: Math.min(SEGMENT_BYTES_MAX, Math.floor(options.bytesMax / SEGMENTS_MIN)),
        segmentMsMax: (options.daysMax * DAY_MS) / 30,
      });
      await segments.open();
      const acknowledgements = await Acknowledgements.open(options.directory, segments, {
        files,
        log: ports.log,
      });
      if (segments.tornBytes + segments.damagedBytes > 0) {
        const { tornBytes, damagedBytes } = segments;
        ports.log.warn(
          { tornBytes, damagedBytes },
          "the journal was damaged, most likely by a power cut: the damaged part is skipped",
        );
      }
      return new Journal(options, ports, { files, segments, acknowledgements, lock });
    } catch (error) {
      await lock.release();
      throw new PlatformError(
        "journal-unusable",
        `the journal in ${options.directory} cannot be opened (${messageOf(error)}): give this process a folder that it may write (SMP_DATA_DIR)`,
        { cause: error },
      );
    }
  }

  get stats(): JournalStats {
    const { damaged, acknowledged } = this.#acknowledgements;
    return {
      pending: this.#acknowledgements.pending,
      bytes: this.#segments.bytes,
      lastSequence: this.#next - 1,
      acknowledged,
      dropped: this.#dropped + this.#commits.dropped,
      damaged,
      failure: this.#commits.failure,
    };
  }

  /** The highest sequence number that is durable. */
  get last(): number {
    return this.#segments.last;
  }

  /**
   * Writes one reading; resolves with its sequence number when it is durable. While the disk takes nothing it waits,
   * with at most 4,096 others; beyond that the oldest waiting one is given up, and its promise rejects.
   */
  append(toPayload: (sequence: number) => Uint8Array): Promise<number> {
    if (this.#commits.isClosed) return Promise.reject(closedError());
    const sequence = this.#next;
    const payload = toPayload(sequence);
    if (payload.length === 0 || payload.length > PAYLOAD_BYTES_MAX)
      return Promise.reject(
        new PlatformError(
          "reading-too-large",
          `a reading of ${payload.length} bytes does not fit the journal: 1 to ${PAYLOAD_BYTES_MAX} do. Publish fewer registers`,
        ),
      );
    this.#next++;
    return this.#commits.add({ sequence, clockMs: this.#clock.nowMs(), payload });
  }

  /** Whether `take` may find something in that range. */
  hasPending({ order, from = 0, to = Infinity }: Pick<TakeOptions, "order" | "from" | "to">): boolean {
    return this.#acknowledgements.next(order, from, to) !== undefined;
  }

  /** The next readings to send, oldest first within the batch; `undefined` when there are none in that range. */
  take(options: TakeOptions): Promise<Batch | undefined> {
    return takeBatch(options, {
      files: this.#files,
      segments: this.#segments,
      acknowledgements: this.#acknowledgements,
      log: this.#log,
    });
  }

  /** The batch has arrived: it is never handed out again, but for a crash within the next seconds. */
  acknowledge(batch: Batch): void {
    this.#acknowledgements.acknowledge(batch.from, batch.to);
    this.#acknowledgements.save(this.#next, this.#clock.nowMs());
  }

  /** The batch may not have arrived: it is handed out again. */
  release(batch: Batch): void {
    this.#acknowledgements.release(batch.from, batch.to);
  }

  /** Writes what waits, if the disk takes it, and the acknowledgements; unlocks the directory. */
  async close(): Promise<void> {
    if (this.#commits.isClosed) return;
    await this.#commits.close();
    await this.#acknowledgements.close(this.#next, this.#clock.nowMs());
    await this.#segments.close();
    await this.#lock.release();
  }

  async #write(records: readonly JournalRecord[]): Promise<void> {
    await this.#makeRoom(records);
    await this.#segments.write(records);
    this.#acknowledgements.note(this.#segments.last);
  }

  /** Drops whole segments, oldest first, until the new records fit and none is too old. */
  async #makeRoom(records: readonly JournalRecord[]): Promise<void> {
    const incoming = records.reduce((sum, record) => sum + RECORD_HEADER_BYTES + record.payload.length, 0);
    const oldestMs = this.#clock.nowMs() - this.#options.daysMax * DAY_MS;
    for (let [oldest, second] = this.#segments.all; oldest && second; [oldest, second] = this.#segments.all) {
      const tooMuch = this.#segments.bytes + incoming > this.#options.bytesMax;
      const tooOld = (second.firstClockMs ?? Infinity) < oldestMs;
      if (!tooMuch && !tooOld) return;
      // From a disk that became read-only nothing is given up: it can still be sent.
      await this.#segments.remove(oldest);
      const dropped = this.#acknowledgements.giveUp(oldest);
      this.#dropped += dropped;
      if (dropped > 0)
        this.#log.warn(
          { dropped, droppedInAll: this.stats.dropped },
          `the journal is full (${tooOld ? "age" : "size"}): its oldest readings are given up unsent`,
        );
    }
  }
}

const inUse = (path: string): PlatformError =>
  new PlatformError(
    "journal-in-use",
    `the journal in ${path} is in use by another process: stop that one, or give this one its own data directory (SMP_DATA_DIR)`,
  );
