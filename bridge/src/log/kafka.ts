import { limitedLines, messageOf, PlatformError } from "@smp/schemas";
import type { ICustomPartitioner, Kafka, Producer } from "kafkajs";
import { pino, type Logger } from "pino";
import type { Registry } from "prom-client";
import type { KafkaConfig } from "../config.ts";
import type { Log, LogBatch, LogHealth } from "../log.ts";
import { backOffMs, failedAttempt, pause } from "../retry.ts";
import { createKafka } from "./kafka/client.ts";
import { runConsumer, type ConsumerPorts, type ConsumerRun } from "./kafka/consumer.ts";
import { groupMetrics, type GroupMetrics } from "./kafka/metrics.ts";
import { passOverOwn, readAll } from "./kafka/own-batches.ts";
import { sendsOf } from "./kafka/records.ts";
import { send } from "./kafka/send.ts";
import { prepareTopics } from "./kafka/topics.ts";

const TOO_LARGE =
  "a record is larger than its topic takes: it was kept among the rejected messages. Raise the topic's max.message.bytes";
/** A loader whose consumer was silent for so long is not healthy. */
const SILENT_MS_MAX = 20_000;
/** A consumer that ends sooner has not been well: the next one waits longer. */
const STEADY_MS = 10_000;
/** So many that end so soon, one after the other, are told as a fault. */
const ENDED_MAX = 5;
/** To leave the group in order takes as long; a Kafka that hangs would be waited for until the supervisor kills. */
const CONSUMER_CLOSE_MS_MAX = 4_000;
const PRODUCER_CLOSE_MS_MAX = 1_500;
/** After so long without a success the client is made anew: a secret was renewed, or a topic deleted. */
const ANEW_MS = 20_000;

export { onOwn, passOverOthers, readOthers } from "./kafka/own-batches.ts";

/**
 * The log of the production platform: Kafka. Topics `smp.readings.v1` (key: meter), `smp.rejected.v1` and `smp.status.v1`
 * (key: device), values JSON. `append` resolves when all in-sync replicas hold the batch. Nothing is touched until the
 * first use; topics are then created, or checked.
 */
export function kafkaLog(config: KafkaConfig, options: KafkaLogOptions = {}): Log {
  return new KafkaLog(config, options);
}

export interface KafkaLogOptions extends Pick<ConsumerPorts, "fromNow" | "isWanted"> {
  logger?: Logger;
  anewMs?: number;
  /** Where the figures of `consume` go; none are kept without it. */
  metrics?: Registry;
}

class KafkaLog implements Log {
  readonly #config: KafkaConfig;
  readonly #options: KafkaLogOptions;
  readonly #logger: Logger;
  readonly #metrics: GroupMetrics | undefined;
  readonly #lines = limitedLines();
  readonly #closing = new AbortController();
  #kafka: Promise<Kafka> | undefined;
  #producer: Promise<Producer> | undefined;
  #consumer: ConsumerRun | undefined;
  #consuming: Promise<void> | undefined;
  #fault: string | undefined;
  /** When the newest consumer began, and why those before it ended again and again. */
  #began = 0;
  #ended: string | undefined;
  #failingSince: number | undefined;
  #isChecked = false;

  constructor(config: KafkaConfig, options: KafkaLogOptions) {
    this.#config = config;
    this.#options = options;
    this.#logger = options.logger ?? pino({ level: "silent" });
    this.#metrics = groupMetrics(options.metrics, config.groupId);
  }

  async append(batch: LogBatch): Promise<void> {
    try {
      const producer = await this.#connected();
      for (const topicMessages of sendsOf(batch, this.#config))
        await send(topicMessages, {
          producer,
          config: this.#config,
          onTooLarge: (facts) =>
            this.#lines((unlogged) => this.#logger.error({ ...facts, unlogged }, TOO_LARGE)),
        });
      this.#fault = this.#failingSince = undefined;
    } catch (error) {
      this.#anewIfLong();
      this.#fault = `Kafka takes nothing: ${messageOf(error)}`;
      if (error instanceof PlatformError) throw error;
      throw new PlatformError("kafka", this.#fault, { retryable: true, cause: error });
    }
  }

  consume(handle: (batch: LogBatch) => Promise<void>): Promise<void> {
    if (this.#options.fromNow) passOverOwn();
    else readAll();
    this.#consuming ??= this.#consume(handle);
    return this.#consuming;
  }

  health(): Promise<LogHealth> {
    if (this.#fault !== undefined) return Promise.resolve({ ok: false, detail: this.#fault });
    if (this.#ended !== undefined && performance.now() - this.#began < STEADY_MS)
      return Promise.resolve({
        ok: false,
        detail: `The Kafka consumer ends again and again: ${this.#ended}`,
      });
    const silentMs = this.#consuming ? (this.#consumer?.silentMs() ?? Number.POSITIVE_INFINITY) : 0;
    if (silentMs <= SILENT_MS_MAX) return Promise.resolve({ ok: true });
    return Promise.resolve({ ok: false, detail: "The Kafka consumer gives no sign of life." });
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await within(CONSUMER_CLOSE_MS_MAX, async () => {
      await this.#consumer?.stop();
      await this.#consuming?.catch(() => undefined);
    });
    await within(PRODUCER_CLOSE_MS_MAX, async () => {
      const producer = await this.#producer?.catch(() => undefined);
      await producer?.disconnect();
    });
  }

  /** The client with its topics in order; tried again by the next call when it fails. */
  async #prepared(): Promise<Kafka> {
    const prepare = async (): Promise<Kafka> => {
      const kafka = await createKafka(this.#config, this.#logger, () => this.#metrics?.positionLost());
      // Once they were right, they are only made where they are gone: a changed one is for the next start to refuse.
      await prepareTopics(kafka, this.#config, { check: !this.#isChecked });
      this.#isChecked = true;
      return kafka;
    };
    this.#kafka ??= prepare();
    try {
      return await this.#kafka;
    } catch (error) {
      this.#kafka = undefined;
      throw error;
    }
  }

  #anewIfLong(): void {
    const now = performance.now();
    this.#failingSince ??= now;
    if (now - this.#failingSince < (this.#options.anewMs ?? ANEW_MS)) return;
    this.#failingSince = now;
    this.#producer?.then((producer) => producer.disconnect()).catch(() => undefined);
    this.#kafka = this.#producer = undefined;
  }

  async #connected(): Promise<Producer> {
    const connect = async (): Promise<Producer> => {
      const kafka = await this.#prepared();
      // Not idempotent: kafkajs#598. A repeated batch is harmless, because the store's key is (meter, t).
      const producer = kafka.producer({
        allowAutoTopicCreation: false,
        createPartitioner: () => knownPartition,
        maxInFlightRequests: 1,
      });
      await producer.connect();
      return producer;
    };
    this.#producer ??= connect();
    try {
      return await this.#producer;
    } catch (error) {
      this.#producer = undefined;
      throw error;
    }
  }

  async #consume(handle: (batch: LogBatch) => Promise<void>): Promise<void> {
    const { signal } = this.#closing;
    for (let attempt = 1; !signal.aborted; attempt++) {
      try {
        const kafka = await this.#prepared();
        const { fromNow, isWanted } = this.#options;
        const shared = {
          ...(fromNow !== undefined && { fromNow }),
          ...(isWanted && { isWanted }),
          config: this.#config,
          logger: this.#logger,
          metrics: this.#metrics,
        };
        this.#consumer = await runConsumer({ ...shared, kafka, handle });
        const began = (this.#began = performance.now());
        const why = await orAborted(this.#consumer.ended, signal);
        if (performance.now() - began > STEADY_MS) attempt = 1;
        this.#ended = why !== undefined && attempt >= ENDED_MAX ? why : undefined;
        await this.#consumer.stop();
        if (why !== undefined) this.#logger.warn({ why }, "the Kafka consumer ended: another one takes over");
      } catch (error) {
        this.#logger.error(
          failedAttempt(error, attempt),
          "the Kafka consumer could not start: it is tried again",
        );
      }
      // The next one reads secrets anew, and finds its topics.
      this.#kafka = undefined;
      await pause(backOffMs(attempt), signal);
    }
  }
}

/** The partition that a set is for. To one that the topic does not have kafkajs would send nothing, and call that a success. */
const knownPartition: ReturnType<ICustomPartitioner> = ({ topic, message, partitionMetadata }) => {
  const { partition = 0 } = message;
  if (partition < partitionMetadata.length) return partition;
  throw new PlatformError(
    "kafka-topic",
    `The topic ${topic} was made anew with ${partitionMetadata.length} partitions, fewer than SMP_KAFKA_PARTITIONS: give it as many`,
    { retryable: true },
  );
};

/** Resolves when the work is done, or after the time. */
async function within(ms: number, work: () => Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)));
  await Promise.race([work(), late]).finally(() => clearTimeout(timer));
}

/** What comes, or nothing when the signal aborts before. One listener at a time: while Kafka is away, consumers come and go. */
const orAborted = (coming: Promise<string>, signal: AbortSignal): Promise<string | undefined> =>
  new Promise((resolve) => {
    const end = (why?: string): void => {
      signal.removeEventListener("abort", aborted);
      resolve(why);
    };
    const aborted = (): void => end();
    signal.addEventListener("abort", aborted);
    if (signal.aborted) end();
    void coming.then(end);
  });
