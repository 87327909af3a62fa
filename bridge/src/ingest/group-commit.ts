import { PlatformError, type NormalisedReading, type RejectedMessage } from "@smp/schemas";
import type { Logger } from "pino";
import type { DeviceStatus, Log, LogBatch } from "../log.ts";
import { BACK_OFF, backOffMs, failedAttempt, pause, type BackOff } from "../retry.ts";

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
  /** How long closing waits for a log that hangs; doors have waited before. */
  closeMsMax?: number;
}

const CLOSE_MS_MAX = 1_500;

/** What goes out in one append, and one promise for all that wait for it. */
interface Group {
  readings: NormalisedReading[];
  rejected: RejectedMessage[];
  statuses: DeviceStatus[];
  weight: number;
  bytes: number;
  settled: Promise<void>;
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
  #queue: Group[] = [];
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

  /**
   * Resolves when the log holds the part; in the order of the calls. `bytes` is what it weighs in the queue. All parts of
   * an append share one promise.
   */
  add(part: LogBatch, bytes: number): Promise<void> {
    const { queueBytesMax, batchMin, batchMax } = this.#options;
    if (this.#closing.signal.aborted) return Promise.reject(retryable("closing", "The ingest is closed."));
    if (this.#bytes + bytes > queueBytesMax)
      return Promise.reject(
        retryable("overload", `More than ${queueBytesMax} bytes wait for the log: send again later.`),
      );
    let group = this.#queue.at(-1);
    if (!group || group.weight >= batchMax) {
      group = newGroup();
      this.#queue.push(group);
    }
    for (const reading of part.readings) group.readings.push(reading);
    for (const rejected of part.rejected) group.rejected.push(rejected);
    for (const status of part.statuses) group.statuses.push(status);
    group.weight += part.readings.length + part.rejected.length + part.statuses.length;
    group.bytes += bytes;
    this.#bytes += bytes;
    if (group.weight >= batchMin) this.#wake?.();
    this.#running ??= this.#run();
    return group.settled;
  }

  /** Appends what waits, if the log takes it at the first attempt, and soon; the rest is nobody's to acknowledge. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#wake?.();
    const { closeMsMax = CLOSE_MS_MAX } = this.#options;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, closeMsMax)));
    await Promise.race([this.#running, late]);
    clearTimeout(timer);
  }

  async #run(): Promise<void> {
    let durable: Group | undefined;
    while (this.#queue.length > 0) {
      // What is worth an append begins before the last one's PUBACKs go out: they take the event loop as long.
      if (!this.#isWorthIt()) {
        durable?.resolve();
        durable = undefined;
        await this.#gather();
      }
      const group = this.#queue.shift();
      if (!group) break;
      this.#bytes -= group.bytes;
      this.#lastBegan = performance.now();
      const appended = this.#append(group);
      if (durable) {
        // Two turns on, the log has had what it first asks of the event loop, such as its rows, and is at work.
        await turn();
        await turn();
        durable.resolve();
      }
      durable = (await appended) ? group : undefined;
      if (!durable) group.reject(retryable("closing", "The ingest closed before the log took the message."));
    }
    durable?.resolve();
    // In the same turn as the look at the queue: who adds after it must start the next run.
    this.#running = undefined;
  }

  #isWorthIt(): boolean {
    return (this.#queue[0]?.weight ?? 0) >= this.#options.batchMin;
  }

  /** Lets the messages of one socket read gather, and keeps the distance to the last append. */
  async #gather(): Promise<void> {
    await turn();
    const waitMs = this.#lastBegan + this.#options.intervalMs - performance.now();
    if (waitMs <= 0 || this.#isWorthIt() || this.#closing.signal.aborted) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, waitMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = undefined;
  }

  /** Whether the log took it; false only when closing. */
  async #append({ readings, rejected, statuses }: Group): Promise<boolean> {
    const batch: LogBatch = { readings, rejected, statuses };
    const { log, logger, backOff = BACK_OFF } = this.#options;
    for (let attempt = 1; ; attempt++) {
      try {
        await log.append(batch);
        if (!this.#ready) logger.info("the log takes messages again");
        this.#ready = true;
        return true;
      } catch (error) {
        this.#ready = false;
        logger.error(
          { ...failedAttempt(error, attempt), readings: readings.length },
          "the log did not take a batch: devices wait, it is tried again",
        );
        if (this.#closing.signal.aborted) return false;
        await pause(backOffMs(attempt, backOff), this.#closing.signal);
      }
    }
  }
}

/** The rest of this turn of the event loop. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const retryable = (code: string, message: string): PlatformError =>
  new PlatformError(code, message, { retryable: true });

function newGroup(): Group {
  let resolve = (): void => undefined;
  let reject = (_error: Error): void => undefined;
  const settled = new Promise<void>((done, failed) => {
    resolve = done;
    reject = failed;
  });
  return { readings: [], rejected: [], statuses: [], weight: 0, bytes: 0, settled, resolve, reject };
}
