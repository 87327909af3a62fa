import { PlatformError } from "@smp/schemas";
import { CompressionTypes, Partitioners, type Kafka, type Producer } from "kafkajs";
import { pino, type Logger } from "pino";
import type { KafkaConfig } from "../config.ts";
import type { Log } from "../log.ts";
import { backOffMs, pause } from "../retry.ts";
import { createKafka } from "./kafka/client.ts";
import { runConsumer, type ConsumerRun } from "./kafka/consumer.ts";
import { sendsOf } from "./kafka/records.ts";
import { prepareTopics } from "./kafka/topics.ts";

/** A loader whose consumer was silent for so long is not healthy. */
const SILENT_MS_MAX = 20_000;

/**
 * The log of the production platform: Kafka. Topics `smp.readings.v1` (key: meter), `smp.rejected.v1` and `smp.status.v1`
 * (key: device), values JSON. `append` resolves when all in-sync replicas hold the batch. Nothing is touched until the
 * first use; topics are then created, or checked.
 */
export function kafkaLog(config: KafkaConfig, options: { logger?: Logger } = {}): Log {
  const logger = options.logger ?? pino({ level: "silent" });
  const closing = new AbortController();
  let kafka: Promise<Kafka> | undefined;
  let producer: Promise<Producer> | undefined;
  let consumer: ConsumerRun | undefined;
  let consuming: Promise<void> | undefined;
  let fault: string | undefined;

  /** The client with its topics in order; tried again by the next call when it fails. */
  function prepared(): Promise<Kafka> {
    kafka ??= createKafka(config, logger)
      .then(async (client) => {
        await prepareTopics(client, config);
        return client;
      })
      .catch((error: unknown) => {
        kafka = undefined;
        throw error;
      });
    return kafka;
  }

  function connected(): Promise<Producer> {
    producer ??= prepared()
      .then(async (client) => {
        // Not idempotent: kafkajs#598. A repeated batch is harmless, because the store's key is (meter, t).
        const made = client.producer({
          allowAutoTopicCreation: false,
          createPartitioner: Partitioners.DefaultPartitioner,
          maxInFlightRequests: 1,
        });
        await made.connect();
        return made;
      })
      .catch((error: unknown) => {
        producer = undefined;
        throw error;
      });
    return producer;
  }

  async function consume(handle: Parameters<Log["consume"]>[0]): Promise<void> {
    for (let attempt = 1; !closing.signal.aborted; attempt++) {
      try {
        consumer = await runConsumer({ kafka: await prepared(), config, logger, handle });
        if (closing.signal.aborted) return;
        attempt = 1;
        const why = await Promise.race([consumer.ended, aborted(closing.signal)]);
        if (why === undefined) return;
        logger.warn({ why }, "the Kafka consumer ended: another one takes over");
        await consumer.stop();
      } catch (error) {
        logger.error({ err: error, attempt }, "the Kafka consumer could not start: it is tried again");
      }
      await pause(backOffMs(attempt), closing.signal);
    }
  }

  return {
    async append(batch) {
      try {
        const made = await connected();
        for (const topicMessages of sendsOf(batch, config.topicPrefix))
          await made.sendBatch({ acks: -1, compression: CompressionTypes.GZIP, topicMessages });
        fault = undefined;
      } catch (error) {
        fault = `Kafka takes nothing: ${error instanceof Error ? error.message : String(error)}`;
        throw error instanceof PlatformError
          ? error
          : new PlatformError("kafka", fault, { retryable: true, cause: error });
      }
    },
    consume(handle) {
      consuming ??= consume(handle);
      return consuming;
    },
    async health() {
      if (fault !== undefined) return { ok: false, detail: fault };
      if (!consuming) return { ok: true };
      const silentMs = consumer?.silentMs() ?? Number.POSITIVE_INFINITY;
      return silentMs <= SILENT_MS_MAX
        ? { ok: true }
        : { ok: false, detail: "The Kafka consumer gives no sign of life." };
    },
    async close() {
      closing.abort();
      await consumer?.stop();
      await consuming?.catch(() => undefined);
      await (await producer?.catch(() => undefined))?.disconnect();
    },
  };
}

/** Resolves with nothing when the signal aborts. */
const aborted = (signal: AbortSignal): Promise<undefined> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
