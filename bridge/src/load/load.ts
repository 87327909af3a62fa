import { messageOf, PlatformError } from "@smp/schemas";
import { pino, type Logger } from "pino";
import type { Log, LogBatch, LogHealth } from "../log.ts";
import { BACK_OFF, backOffMs, failedAttempt, pause, type BackOff } from "../retry.ts";
import { storeWriter, type WritableStore } from "./store-writer.ts";

export interface LoadPorts {
  log: Log;
  store: WritableStore;
  logger?: Logger;
  backOff?: BackOff;
}

export interface Load {
  health(): Promise<LogHealth>;
  /** Ends after the batch under way, or gives that back to the log when the store is away. Log and store stay open. */
  close(): Promise<void>;
}

/**
 * The second half of the bridge: everything in the log goes to the store, in order. A batch that the store does not take
 * is tried again until it does; none is left out. The log forgets a batch only when the store holds it.
 *
 * @example
 * const load = startLoad({ log: kafkaLog(readKafkaConfig(process.env)), store, logger });
 */
export function startLoad({
  log,
  store,
  logger = pino({ level: "silent" }),
  backOff = BACK_OFF,
}: LoadPorts): Load {
  const write = storeWriter(store);
  const closing = new AbortController();
  let underWay: Promise<void> | undefined;
  let fault: string | undefined;

  async function handle(batch: LogBatch): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      if (closing.signal.aborted)
        throw new PlatformError("closing", "The loader closed before the store took a batch.", {
          retryable: true,
        });
      try {
        await write(batch);
        if (fault !== undefined) logger.info("the store takes batches again");
        fault = undefined;
        return;
      } catch (error) {
        fault = `The store takes nothing (attempt ${attempt}): ${messageOf(error)}`;
        logger.error(
          { ...failedAttempt(error, attempt), readings: batch.readings.length },
          "the store did not take a batch: it is tried again",
        );
        await pause(backOffMs(attempt, backOff), closing.signal);
      }
    }
  }

  log
    .consume((batch) => {
      underWay = handle(batch);
      return underWay;
    })
    .catch((error: unknown) => {
      fault = `The log cannot be read: ${messageOf(error)}`;
      logger.fatal({ err: error }, "the log cannot be read any more: restart the loader");
    });
  return {
    async health() {
      if (fault !== undefined) return { ok: false, detail: fault };
      return log.health();
    },
    async close() {
      closing.abort();
      await underWay?.catch(() => undefined);
    },
  };
}
