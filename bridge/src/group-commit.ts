import { PlatformError } from "@smp/schemas";
import type { Logger } from "pino";
import type { Log, LogBatch } from "./log.ts";
import { BACK_OFF, backOffMs, pause, type BackOff } from "./retry.ts";

export interface GroupCommitOptions {
  log: Log;
  logger: Logger;
  /**
   * Two appends begin at least this far apart, so that a steady trickle does not cost one commit a message. An append
   * after a rest begins at once.
   */
  intervalMs: number;
  /** So many waiting readings, rejections and statuses are worth an append before the interval has passed. */
  batchMin: number;
  /** One append holds about this many of them. */
  batchMax: number;
  /** More waiting bytes than this are turned away. */
  queueBytesMax: number;
  backOff?: BackOff;
}

interface Waiting {
  part: LogBatch;
  weight: number;
  bytes: number;
  resolve: () => void;
  reject: (error: Error) => void;
}

/**
 * Gathers the messages of all connections into one append: what arrives while an append is under way goes out with the
 * next one. A failed append is repeated with the same content until it succeeds; nothing is dropped, and nobody is told
 * that it is safe meanwhile.
 */
export class GroupCommit {
  readonly #options: GroupCommitOptions;
  readonly #closing = new AbortController();
  #queue: Waiting[] = [];
  #weight = 0;
  #bytes = 0;
  #ready = true;
  #lastBegan = -Infinity;
  #running: Promise<void> | undefined;
  #wake: (() => void) | undefined;

  constructor(options: GroupCommitOptions) {
    this.#options = options;
  }

  /** false from a failed append to the next one that succeeds. */
  get ready(): boolean {
    return this.#ready;
  }

  /** Resolves when the log holds the part; in the order of the calls. `bytes` is what it weighs in the queue. */
  add(part: LogBatch, bytes: number): Promise<void> {
    const { queueBytesMax, batchMin } = this.#options;
    if (this.#closing.signal.aborted) return Promise.reject(retryable("closing", "The ingest is closed."));
    if (this.#bytes + bytes > queueBytesMax)
      return Promise.reject(
        retryable("overload", `More than ${queueBytesMax} bytes wait for the log: send again later.`),
      );
    return new Promise((resolve, reject) => {
      const weight = part.readings.length + part.rejected.length + part.statuses.length;
      this.#queue.push({ part, weight, bytes, resolve, reject });
      this.#weight += weight;
      this.#bytes += bytes;
      if (this.#weight >= batchMin) this.#wake?.();
      this.#running ??= this.#run();
    });
  }

  /** Appends what waits, if the log takes it at the first attempt; the rest fails. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#wake?.();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#queue.length > 0) {
      await this.#gather();
      const taken = this.#take();
      this.#lastBegan = performance.now();
      const done = await this.#append(merge(taken.map(({ part }) => part)));
      for (const { resolve, reject } of taken)
        if (done) resolve();
        else reject(retryable("closing", "The ingest closed before the log took the message."));
    }
    // In the same turn as the look at the queue: who adds after it must start the next run.
    this.#running = undefined;
  }

  /** Lets the messages of one socket read gather, and keeps the distance to the last append. */
  async #gather(): Promise<void> {
    await new Promise(setImmediate);
    const waitMs = this.#lastBegan + this.#options.intervalMs - performance.now();
    if (waitMs <= 0 || this.#weight >= this.#options.batchMin || this.#closing.signal.aborted) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, waitMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = undefined;
  }

  #take(): Waiting[] {
    let end = 0;
    for (let weight = 0; end < this.#queue.length && weight < this.#options.batchMax; end++)
      weight += this.#queue[end]?.weight ?? 0;
    const taken = this.#queue.slice(0, end);
    this.#queue = this.#queue.slice(end);
    for (const { weight, bytes } of taken) {
      this.#weight -= weight;
      this.#bytes -= bytes;
    }
    return taken;
  }

  /** Whether the log took it; false only when closing. */
  async #append(batch: LogBatch): Promise<boolean> {
    const { log, logger, backOff = BACK_OFF } = this.#options;
    for (let attempt = 1; ; attempt++) {
      try {
        await log.append(batch);
        if (!this.#ready) logger.info("the log takes messages again");
        this.#ready = true;
        return true;
      } catch (error) {
        this.#ready = false;
        const readings = batch.readings.length;
        logger.error(
          { err: error, attempt, readings },
          "the log did not take a batch: devices wait, it is tried again",
        );
        if (this.#closing.signal.aborted) return false;
        await pause(backOffMs(attempt, backOff), this.#closing.signal);
      }
    }
  }
}

const retryable = (code: string, message: string): PlatformError =>
  new PlatformError(code, message, { retryable: true });

function merge(parts: readonly LogBatch[]): LogBatch {
  const [only] = parts;
  if (only && parts.length === 1) return only;
  return {
    readings: parts.flatMap(({ readings }) => readings),
    rejected: parts.flatMap(({ rejected }) => rejected),
    statuses: parts.flatMap(({ statuses }) => statuses),
  };
}
