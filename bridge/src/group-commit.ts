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
  /** One append holds at most this many readings, rejections and statuses; so many waiting begin it without delay. */
  batchMax: number;
  /** More waiting bytes than this are turned away. */
  queueBytesMax: number;
  backOff?: BackOff;
}

export interface GroupCommit {
  /** Resolves when the log holds the part; in the order of the calls. `bytes` is what it weighs in the queue. */
  add(part: LogBatch, bytes: number): Promise<void>;
  /** false from a failed append to the next one that succeeds. */
  readonly ready: boolean;
  /** Parts that wait or are being appended. */
  readonly waiting: number;
  /** Appends what waits, if the log takes it at the first attempt; the rest fails. */
  close(): Promise<void>;
}

interface Waiting {
  part: LogBatch;
  bytes: number;
  resolve: () => void;
  reject: (error: Error) => void;
}

/**
 * Gathers the messages of all connections into one append: what arrives while an append is under way goes out with the
 * next one. A failed append is repeated with the same content until it succeeds; nothing is dropped, and nobody is told
 * that it is safe meanwhile.
 */
export function groupCommit(options: GroupCommitOptions): GroupCommit {
  const { log, logger, intervalMs, batchMax, queueBytesMax, backOff = BACK_OFF } = options;
  const closing = new AbortController();
  let queue: Waiting[] = [];
  let queueItems = 0;
  let queueBytes = 0;
  let ready = true;
  let lastBegan = -Infinity;
  let running: Promise<void> | undefined;
  let wake: (() => void) | undefined;

  /** Lets the messages of one socket read gather, and keeps the distance to the last append. */
  async function gather(): Promise<void> {
    await new Promise(setImmediate);
    const wait = lastBegan + intervalMs - performance.now();
    if (wait <= 0 || queueItems >= batchMax || closing.signal.aborted) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, wait);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    wake = undefined;
  }

  function takeBatch(): Waiting[] {
    let end = 0;
    for (let items = 0; end < queue.length && (end === 0 || items < batchMax); end++)
      items += weight(queue[end]?.part);
    const taken = queue.slice(0, end);
    queue = queue.slice(end);
    for (const { part, bytes } of taken) {
      queueItems -= weight(part);
      queueBytes -= bytes;
    }
    return taken;
  }

  /** Whether the log took it; false only when closing. */
  async function append(batch: LogBatch): Promise<boolean> {
    for (let attempt = 1; ; attempt++) {
      try {
        await log.append(batch);
        if (!ready) logger.info("the log takes messages again");
        ready = true;
        return true;
      } catch (error) {
        ready = false;
        logger.error(
          { err: error, attempt, readings: batch.readings.length },
          "the log did not take a batch: devices wait, it is tried again",
        );
        if (!closing.signal.aborted) await pause(backOffMs(attempt, backOff), closing.signal);
        else return false;
      }
    }
  }

  async function run(): Promise<void> {
    while (queue.length > 0) {
      await gather();
      const taken = takeBatch();
      lastBegan = performance.now();
      const done = await append(merge(taken));
      for (const { resolve, reject } of taken)
        if (done) resolve();
        else
          reject(
            new PlatformError("closing", "The ingest closed before the log took the message.", {
              retryable: true,
            }),
          );
    }
  }

  return {
    add(part, bytes) {
      if (closing.signal.aborted)
        return Promise.reject(new PlatformError("closing", "The ingest is closed.", { retryable: true }));
      if (queueBytes + bytes > queueBytesMax)
        return Promise.reject(
          new PlatformError(
            "overload",
            `More than ${queueBytesMax} bytes wait for the log: send again later.`,
            { retryable: true },
          ),
        );
      return new Promise((resolve, reject) => {
        queue.push({ part, bytes, resolve, reject });
        queueItems += weight(part);
        queueBytes += bytes;
        if (queueItems >= batchMax) wake?.();
        running ??= run().finally(() => {
          running = undefined;
        });
      });
    },
    get ready() {
      return ready;
    },
    get waiting() {
      return queue.length;
    },
    async close() {
      closing.abort();
      wake?.();
      await running;
    },
  };
}

const weight = (part: LogBatch | undefined): number =>
  part ? part.readings.length + part.rejected.length + part.statuses.length : 0;

function merge(waiting: readonly Waiting[]): LogBatch {
  const [first] = waiting;
  if (first && waiting.length === 1) return first.part;
  return {
    readings: waiting.flatMap(({ part }) => part.readings),
    rejected: waiting.flatMap(({ part }) => part.rejected),
    statuses: waiting.flatMap(({ part }) => part.statuses),
  };
}
