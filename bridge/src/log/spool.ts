import { diskFiles, lockDirectory, type DirectoryLock, type DiskFiles } from "@smp/disk";
import { messageOf, PlatformError } from "@smp/schemas";
import { pino, type Logger } from "pino";
import type { Log, LogBatch, LogHealth } from "../log.ts";
import { BACK_OFF, backOffMs, failedAttempt, pause, type BackOff } from "../retry.ts";
import { writeRecords } from "./spool/record.ts";
import { Segments, type Piece } from "./spool/segments.ts";

const SEGMENT_BYTES_MAX = 16 * 2 ** 20;
const SEGMENTS_MIN = 8;

export interface SpoolOptions {
  /** A folder on a local disk, of this process alone. */
  dir: string;
  /** Disk space; a full spool takes nothing more until the log is back. */
  bytesMax: number;
  logger?: Logger;
  files?: DiskFiles;
  backOff?: BackOff;
}

export interface SpoolStats {
  /** On disk and not yet in the log. */
  waitingBytes: number;
  bytes: number;
  /** Stretches of the files that were damaged and skipped. */
  damaged: number;
  /** Bytes at the ends of files whose write was cut off: nobody was told that they are safe. */
  tornBytes: number;
}

export interface SpoolLog extends Log {
  /** Opens the folder and begins to drain what an earlier process left; `append` does so, too. */
  open(): Promise<void>;
  readonly stats: SpoolStats;
}

interface Waiting {
  records: Buffer[];
  resolve: () => void;
  reject: (error: unknown) => void;
}

/**
 * A log that keeps on taking while another one is away: `append` resolves when the batch is on this machine's disk, and
 * everything goes on to `inner` in the same order. What a kill makes come twice is harmless, as with every log.
 *
 * @example
 * const log = spoolLog(kafkaLog(readKafkaConfig(process.env)), { dir: "data/spool", bytesMax: 2 ** 30 });
 */
export function spoolLog(inner: Log, options: SpoolOptions): SpoolLog {
  return new Spool(inner, options);
}

class Spool implements SpoolLog {
  readonly #inner: Log;
  readonly #options: SpoolOptions;
  readonly #logger: Logger;
  readonly #backOff: BackOff;
  readonly #segments: Segments;
  readonly #closing = new AbortController();
  #opening: Promise<DirectoryLock> | undefined;
  #queue: Waiting[] = [];
  #writing: Promise<void> | undefined;
  #draining: Promise<void> | undefined;
  #wake: (() => void) | undefined;
  #writeFault: string | undefined;
  #drainFault: string | undefined;
  #damaged = 0;
  #tornBytes = 0;

  constructor(inner: Log, options: SpoolOptions) {
    const { dir, bytesMax, files = diskFiles } = options;
    this.#inner = inner;
    this.#options = options;
    this.#logger = options.logger ?? pino({ level: "silent" });
    this.#backOff = options.backOff ?? BACK_OFF;
    this.#segments = new Segments(
      files,
      dir,
      Math.min(SEGMENT_BYTES_MAX, Math.floor(bytesMax / SEGMENTS_MIN)),
    );
  }

  async open(): Promise<void> {
    const open = async (): Promise<DirectoryLock> => {
      const lock = await lockDirectory(this.#options.dir, "spool", inUse);
      try {
        await this.#segments.open();
      } catch (error) {
        await lock.release();
        throw failure("spool", `the spool in ${this.#options.dir} cannot be opened`, error);
      }
      this.#draining = this.#drain();
      return lock;
    };
    this.#opening ??= open();
    try {
      await this.#opening;
    } catch (error) {
      this.#opening = undefined;
      throw error;
    }
  }

  async append(batch: LogBatch): Promise<void> {
    if (this.#closing.signal.aborted) throw failure("closing", "the spool is closed");
    const records = writeRecords(batch);
    await this.open();
    await new Promise<void>((resolve, reject) => {
      this.#queue.push({ records, resolve, reject });
      this.#writing ??= this.#write();
    });
  }

  consume(handle: (batch: LogBatch) => Promise<void>): Promise<void> {
    return this.#inner.consume(handle);
  }

  get stats(): SpoolStats {
    const { bytes, waitingBytes } = this.#segments;
    return { bytes, waitingBytes, damaged: this.#damaged, tornBytes: this.#tornBytes };
  }

  health(): Promise<LogHealth> {
    if (this.#writeFault !== undefined) return Promise.resolve({ ok: false, detail: this.#writeFault });
    if (this.#drainFault === undefined) return Promise.resolve({ ok: true });
    const detail = `${this.#segments.waitingBytes} bytes wait in the spool: ${this.#drainFault}`;
    return Promise.resolve({ ok: true, detail });
  }

  /** Ends after the write and the hand-over under way; the rest stays on disk. Closes `inner`, too. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#wake?.();
    const lock = await this.#opening?.catch(() => undefined);
    await this.#writing;
    await this.#draining;
    await this.#segments.close();
    await lock?.release();
    await this.#inner.close();
  }

  /** One write and one fdatasync for everything that waits. */
  async #write(): Promise<void> {
    // Never done in the turn in which it begins: whoever began it has to note it first.
    await Promise.resolve();
    while (this.#queue.length > 0) {
      const group = this.#queue.splice(0);
      try {
        const bytes = Buffer.concat(group.flatMap(({ records }) => records));
        const { bytesMax } = this.#options;
        if (this.#segments.bytes + bytes.length > bytesMax)
          throw failure("spool-full", `the spool holds its ${bytesMax} bytes and the log is away`);
        await this.#segments.append(bytes);
        this.#writeFault = undefined;
        for (const { resolve } of group) resolve();
        this.#wake?.();
      } catch (error) {
        const fault = failure("spool", "the spool takes nothing", error);
        this.#writeFault = fault.message;
        for (const { reject } of group) reject(fault);
      }
    }
    this.#writing = undefined;
  }

  async #drain(): Promise<void> {
    const { signal } = this.#closing;
    for (let attempt = 0; !signal.aborted;) {
      try {
        const piece = await this.#segments.read();
        if (piece) await this.#handOver(piece);
        else await this.#untilWoken();
        if (this.#drainFault !== undefined) this.#logger.info("the spool drains into the log again");
        this.#drainFault = undefined;
        attempt = 0;
      } catch (error) {
        this.#drainFault = messageOf(error);
        this.#logger.error(
          failedAttempt(error, ++attempt),
          "the log took nothing from the spool: it is tried again",
        );
        await pause(backOffMs(attempt, this.#backOff), signal);
      }
    }
  }

  async #handOver({ batch, next, damaged, tornBytes }: Piece): Promise<void> {
    if (batch.readings.length + batch.rejected.length + batch.statuses.length > 0)
      await this.#inner.append(batch);
    this.#damaged += damaged;
    this.#tornBytes += tornBytes;
    if (damaged + tornBytes > 0)
      this.#logger.warn({ damaged, tornBytes, ...next }, "damage in the spool was skipped");
    await this.#segments.forget(next);
  }

  async #untilWoken(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      // A write may have ended between the last look and now.
      if (this.#closing.signal.aborted || this.#segments.waitingBytes > 0) resolve();
    });
    this.#wake = undefined;
  }
}

const inUse = (path: string): PlatformError =>
  new PlatformError(
    "spool-in-use",
    `The spool in ${path} is in use by another process: stop that one, or give this one its own SMP_SPOOL_DIR.`,
  );

function failure(code: string, what: string, cause?: unknown): PlatformError {
  if (cause instanceof PlatformError) return cause;
  const why = cause instanceof Error ? `: ${cause.message}` : "";
  return new PlatformError(code, `${what}${why}`, { retryable: true, cause });
}
