import type { Consumer, EachBatchPayload, Kafka } from "kafkajs";
import type { Logger } from "pino";
import type { KafkaConfig } from "../../config.ts";
import type { LogBatch } from "../../log.ts";
import { OUTCOMES, type GroupMetrics, type Outcome } from "./metrics.ts";
import { KINDS, keptOf, recordOf, topicName, type Kind } from "./records.ts";

/** A killed loader's partitions go to another one after so long; three heartbeats may be lost. */
const SESSION_TIMEOUT_MS = 10_000;
const HEARTBEAT_MS = 3_000;
/** A member that is in a long write joins a new round of the group only after it. */
const REBALANCE_TIMEOUT_MS = 30_000;
/** kafkajs consumers can stop without a word (kafkajs#659): after so long without a sign of life one is replaced. */
const STALL_MS = 2 * SESSION_TIMEOUT_MS;
const STALL_CHECK_MS = 5_000;
const DISCONNECT_MS = 10_000;
/** Kafka gathers as much for who only follows, or as long as `maxWaitTimeInMs`: a fetch for each append doubles its work. */
const FOLLOWED_BYTES_MIN = 1_048_576;

export interface ConsumerRun {
  /** Resolves when this consumer is at its end, whatever the reason; then make another one. */
  ended: Promise<string>;
  stop(): Promise<void>;
  /** Time since the last sign of life. */
  silentMs: () => number;
}

export interface ConsumerPorts {
  kafka: Kafka;
  config: KafkaConfig;
  logger: Logger;
  handle: (batch: LogBatch) => Promise<void>;
  /**
   * A group without a position begins with what comes from now on; else with the oldest that is there. Such a group keeps
   * no position of readings, since the next one tells more than one that was missed.
   */
  fromNow?: boolean;
  /** Whether a record is looked into at all, by its key; all are without it. */
  isWanted?: (kind: Kind, key: string) => boolean;
  metrics?: GroupMetrics | undefined;
}

/**
 * One member of the loaders' group, from joining to its end. Offsets are committed after `handle` resolved, and never
 * otherwise.
 */
export async function runConsumer(ports: ConsumerPorts): Promise<ConsumerRun> {
  const { kafka, config, logger, handle, fromNow = false, metrics } = ports;
  const consumer = kafka.consumer({
    groupId: config.groupId,
    sessionTimeout: SESSION_TIMEOUT_MS,
    heartbeatInterval: HEARTBEAT_MS,
    rebalanceTimeout: REBALANCE_TIMEOUT_MS,
    // A member hears of a rebalance only after its fetch: kafkajs' 5 s would hold up all others.
    maxWaitTimeInMs: 250,
    maxBytesPerPartition: 1_048_576,
    ...(fromNow && { minBytes: FOLLOWED_BYTES_MIN }),
    // A deleted topic would come back with the server's own number of partitions.
    allowAutoTopicCreation: false,
    // Another consumer takes over instead: see `ended`.
    retry: { retries: 3, restartOnFailure: () => Promise.resolve(false) },
  });
  const kinds = new Map<string, Kind>(KINDS.map((kind) => [topicName(kind, config.topicPrefix), kind]));
  const { ended, silentMs, stopWatching } = watchOver(consumer, config.groupId);
  if (metrics) consumer.on(consumer.events.GROUP_JOIN, () => metrics.forget());
  const stop = async (): Promise<void> => {
    stopWatching();
    await Promise.race([
      consumer.disconnect(),
      new Promise((resolve) => setTimeout(resolve, DISCONNECT_MS).unref()),
    ]);
  };
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [...kinds.keys()], fromBeginning: !fromNow });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: async (payload) => {
        const { batch } = payload;
        const kind = kinds.get(batch.topic);
        if (!kind || !payload.isRunning() || payload.isStale()) return;
        noteBegin(batch, metrics);
        await whileBeating(payload, logger, () => handle(contentOf(kind, batch, ports)));
        metrics?.handled(kind, batch.messages.length);
        noteEnd(batch, metrics);
        const last = batch.lastOffset();
        payload.resolveOffset(last);
        if (!fromNow || kind !== "readings")
          await consumer.commitOffsets([
            { topic: batch.topic, partition: batch.partition, offset: String(BigInt(last) + 1n) },
          ]);
        await payload.heartbeat();
      },
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { ended, stop, silentMs };
}

/** What kafkajs makes of a missing right does not name it. */
const rightsHint = (message: string, groupId: string): string =>
  /find group coordinator|authori[sz]ed/i.test(message)
    ? `; if it stays so: may this user Read on the group ${groupId}, and on the topics?`
    : "";

function watchOver(
  consumer: Consumer,
  groupId: string,
): {
  ended: Promise<string>;
  silentMs: () => number;
  stopWatching: () => void;
} {
  let lastSign = performance.now();
  const alive = (): void => {
    lastSign = performance.now();
  };
  const { HEARTBEAT, FETCH, GROUP_JOIN, END_BATCH_PROCESS, CRASH } = consumer.events;
  for (const event of [HEARTBEAT, FETCH, GROUP_JOIN, END_BATCH_PROCESS]) consumer.on(event, alive);
  const silentMs = (): number => performance.now() - lastSign;
  let timer: NodeJS.Timeout | undefined;
  const ended = new Promise<string>((resolve) => {
    consumer.on(CRASH, ({ payload }) => {
      const { message } = payload.error;
      resolve(`it crashed (${message})${rightsHint(message, groupId)}`);
    });
    timer = setInterval(() => {
      if (silentMs() > STALL_MS) resolve(`it gave no sign of life for ${Math.round(silentMs() / 1_000)} s`);
    }, STALL_CHECK_MS);
    timer.unref();
  });
  return { ended, silentMs, stopWatching: () => clearInterval(timer) };
}

/** A long write must not look like a dead member: heartbeats go on beside it. */
async function whileBeating(
  payload: EachBatchPayload,
  logger: Logger,
  work: () => Promise<void>,
): Promise<void> {
  const timer = setInterval(() => {
    // A rebalance shows again when the offset is committed; the batch then comes again, which the store's key makes harmless.
    payload
      .heartbeat()
      .catch((error: unknown) => logger.debug({ err: error }, "heartbeat during a long write failed"));
  }, HEARTBEAT_MS);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
}

type Batch = EachBatchPayload["batch"];

/** The batch under way counts as waiting, by its first record. */
function noteBegin({ topic, partition, messages, highWatermark }: Batch, metrics?: GroupMetrics): void {
  const [first] = messages;
  if (!metrics || !first) return;
  const waiting = Number(BigInt(highWatermark) - BigInt(first.offset));
  metrics.at(`${topic} ${partition}`, { waiting, timeMs: Number(first.timestamp) });
}

function noteEnd({ topic, partition, messages, highWatermark }: Batch, metrics?: GroupMetrics): void {
  const last = messages.at(-1);
  if (!metrics || !last) return;
  const waiting = Number(BigInt(highWatermark) - BigInt(last.offset) - 1n);
  metrics.at(`${topic} ${partition}`, { waiting, timeMs: Number(last.timestamp) });
}

const UNREADABLE = {
  kept: "a record of the platform's own could not be read, and is kept among the rejected messages: upgrade this process, then replay the log",
  "passed-over":
    "a record is not in the platform's form and was passed over: somebody else writes to this topic",
} as const satisfies Record<Outcome, string>;

function contentOf(
  kind: Kind,
  { topic, partition, messages }: Batch,
  { logger, isWanted, metrics }: ConsumerPorts,
): LogBatch {
  const content: Record<Kind, unknown[]> = { readings: [], rejected: [], statuses: [] };
  const unreadable: Record<Outcome, string[]> = { kept: [], "passed-over": [] };
  for (const message of messages) {
    const { key, value, offset } = message;
    if (isWanted && !isWanted(kind, String(key))) continue;
    const record = recordOf(kind, value);
    if (record) {
      content[kind].push(record);
      continue;
    }
    const kept = keptOf(kind, message, `${topic}/${partition}`);
    if (kept) content.rejected.push(kept);
    unreadable[kept ? "kept" : "passed-over"].push(offset);
  }
  // One line a batch: a program that writes to the wrong topic may send thousands of records a second.
  for (const outcome of OUTCOMES) {
    const [offset] = unreadable[outcome];
    if (offset === undefined) continue;
    const records = unreadable[outcome].length;
    metrics?.unreadable(outcome, records);
    logger.error({ topic, partition, offset, records }, UNREADABLE[outcome]);
  }
  return content as unknown as LogBatch;
}
