import { createRequire } from "node:module";
import type { Producer, ProducerBatch } from "kafkajs";
import { expect, test } from "vitest";
import { readKafkaConfig } from "../../src/config.ts";
import { send } from "../../src/log/kafka/send.ts";
import { sendsOf } from "../../src/log/kafka/records.ts";

// kafkajs' own way of sending, over brokers that are made here.
const require = createRequire(import.meta.url);
const createSendMessages = require("kafkajs/src/producer/sendMessages.js") as (
  parts: object,
) => Producer["sendBatch"];
const createRetry = require("kafkajs/src/retry/index.js") as (options: object) => unknown;

const config = { ...readKafkaConfig({ KAFKA_BROKERS: "127.0.0.1:1" }), partitions: 2 };
const readings = Array.from({ length: 20 }, (_, index) => ({
  meter: `m${index}`,
  device: `m${index}`,
  t: index,
  received: index,
  r: { "x-a": 1 },
}));

interface Request {
  topicData: { topic: string; partitions: { partition: number }[] }[];
}

/** Two brokers; when the second is asked it refuses, because the first leads its partition from then on. */
function brokersWithMovingLeader(): { sendBatch: Producer["sendBatch"]; taken: number[] } {
  const taken: number[] = [];
  let hasMoved = false;
  const topicsOf = ({ topicData }: Request): object[] =>
    topicData.map(({ topic, partitions }) => ({
      topicName: topic,
      partitions: partitions.map(({ partition }) => {
        taken.push(partition);
        return { partition, errorCode: 0 };
      }),
    }));
  const brokers = {
    1: { nodeId: "1", produce: async (request: Request) => ({ topics: topicsOf(request) }) },
    2: {
      nodeId: "2",
      async produce() {
        hasMoved = true;
        throw Object.assign(new Error("This server is not the leader"), {
          name: "KafkaJSProtocolError",
          type: "NOT_LEADER_FOR_PARTITION",
          retriable: true,
        });
      },
    },
  };
  const sendBatch = createSendMessages({
    logger: { debug() {}, error() {} },
    retrier: createRetry({ initialRetryTime: 1, retries: 3 }),
    partitioner: ({ message }: { message: { partition: number } }) => message.partition,
    cluster: {
      async addMultipleTargetTopics() {},
      async refreshMetadataIfNecessary() {},
      async refreshMetadata() {},
      isConnected: () => true,
      findTopicPartitionMetadata: () => [{}, {}],
      findLeaderForPartitions(_topic: string, asked: readonly string[]) {
        const leaders: Record<number, number[]> = {};
        for (const partition of asked.map(Number))
          (leaders[partition === 1 && !hasMoved ? 2 : 1] ??= []).push(partition);
        return leaders;
      },
      findBroker: async ({ nodeId }: { nodeId: 1 | 2 }) => brokers[nodeId],
    },
    eosManager: {
      isTransactional: () => false,
      getSequence: () => 0,
      updateSequence() {},
      async acquireBrokerLock() {},
      async releaseBrokerLock() {},
      getProducerId: () => -1,
      getProducerEpoch: () => 0,
    },
  });
  return { sendBatch, taken };
}

test("what kafkajs sends nowhere, because its leader moved to a broker that had answered, is sent again", async () => {
  const { sendBatch, taken } = brokersWithMovingLeader();
  for (const topicMessages of sendsOf({ readings, rejected: [], statuses: [] }, config))
    await send(topicMessages, { producer: { sendBatch }, config, onTooLarge: () => undefined });
  expect(taken).toEqual([0, 1]);
});

test("a send that no broker answers for has failed", async () => {
  const sendBatch = async (_batch: ProducerBatch) => [];
  const [topicMessages = []] = sendsOf({ readings, rejected: [], statuses: [] }, config);
  await expect(
    send(topicMessages, { producer: { sendBatch }, config, onTooLarge: () => undefined }),
  ).rejects.toMatchObject({ code: "kafka", retryable: true });
});
