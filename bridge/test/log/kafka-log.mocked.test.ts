import type { Kafka, ProducerBatch } from "kafkajs";
import { afterEach, describe, expect, test, vi } from "vitest";
import { readKafkaConfig } from "../../src/config.ts";
import { kafkaLog } from "../../src/log/kafka.ts";
import type { RecordSet } from "../../src/log/kafka/produce-request.ts";
import { scriptedKafka } from "./scripted-consumer.ts";

const peer = vi.hoisted(() => ({ kafka: undefined as unknown, made: 0, checks: [] as boolean[] }));
vi.mock("../../src/log/kafka/client.ts", () => ({
  createKafka: async () => {
    peer.made++;
    return peer.kafka;
  },
}));
vi.mock("../../src/log/kafka/topics.ts", () => ({
  prepareTopics: async (_kafka: unknown, _config: unknown, { check }: { check: boolean }) =>
    void peer.checks.push(check),
}));

const config = readKafkaConfig({ KAFKA_BROKERS: "127.0.0.1:1" });
const reading = (meter: string, t: number) => ({ meter, device: meter, t, received: t, r: { "x-a": 1 } });

afterEach(() => vi.useRealTimers());

describe("the Kafka log", () => {
  test("makes another consumer when one crashed, and when one cannot connect", async () => {
    const scripted = scriptedKafka();
    peer.kafka = scripted.kafka;
    const log = kafkaLog(config);
    const consuming = log.consume(() => Promise.resolve());
    await expect.poll(() => scripted.made[0]?.heard.length).toBe(2);
    scripted.refuse.next = 2;
    scripted.made[0]?.happen("CRASH", { error: new Error("gone") });
    await expect
      .poll(() => scripted.made.at(-1)?.heard, { timeout: 5_000 })
      .toEqual(["connect", "subscribe 3"]);
    expect(scripted.made).toHaveLength(4);
    expect(scripted.made[0]?.heard.at(-1)).toBe("disconnect");
    await log.close();
    await consuming;
    expect(scripted.made).toHaveLength(4);
  });

  test("makes another consumer when one fell silent, and is not healthy meanwhile", async () => {
    vi.useFakeTimers();
    const scripted = scriptedKafka();
    peer.kafka = scripted.kafka;
    const log = kafkaLog(config);
    const consuming = log.consume(() => Promise.resolve());
    await vi.advanceTimersByTimeAsync(19_000);
    expect([(await log.health()).ok, scripted.made.length]).toEqual([true, 1]);
    await vi.advanceTimersByTimeAsync(2_000);
    expect((await log.health()).detail).toMatch(/no sign of life/);
    await vi.advanceTimersByTimeAsync(10_000);
    expect([(await log.health()).ok, scripted.made.length]).toEqual([true, 2]);
    const closed = log.close();
    await vi.advanceTimersByTimeAsync(20_000);
    await closed;
    await consuming;
  });

  test("makes a new client when nothing was taken for long: for a renewed secret, or a topic that is gone", async () => {
    vi.useFakeTimers();
    Object.assign(peer, { made: 0, checks: [] });
    const heard: string[] = [];
    const producer = () => {
      const client = peer.made;
      return {
        connect: async () => undefined,
        disconnect: async () => void heard.push(`end ${client}`),
        sendBatch: async () => {
          if (client === 1) throw new Error("This server does not host this topic-partition");
          heard.push(`taken by ${client}`);
        },
      };
    };
    peer.kafka = { producer } as unknown as Kafka;
    const log = kafkaLog(config);
    const batch = { readings: [reading("a", 1)], rejected: [], statuses: [] };
    for (let attempt = 0; attempt < 3; attempt++) {
      await expect(log.append(batch)).rejects.toMatchObject({ code: "kafka", retryable: true });
      await vi.advanceTimersByTimeAsync(10_000);
    }
    await log.append(batch);
    expect(heard).toEqual(["end 1", "taken by 2"]);
    expect(peer.checks).toEqual([true, false]);
    await log.close();
  });

  test("looks for its secrets and topics anew with each consumer", async () => {
    const scripted = scriptedKafka();
    Object.assign(peer, { kafka: scripted.kafka, made: 0 });
    const log = kafkaLog(config);
    const consuming = log.consume(() => Promise.resolve());
    await expect.poll(() => scripted.made[0]?.heard.length).toBe(2);
    scripted.made[0]?.happen("CRASH", { error: new Error("This server does not host this topic-partition") });
    await expect.poll(() => scripted.made[1]?.heard.length).toBe(2);
    expect(peer.made).toBe(2);
    await log.close();
    await consuming;
  });

  test("sends what was gathered in one request, compressed, and waits for all replicas", async () => {
    const sent: ProducerBatch[] = [];
    const settings: unknown[] = [];
    const producer = (given: unknown) => {
      settings.push(given);
      return {
        connect: async () => undefined,
        disconnect: async () => undefined,
        sendBatch: async (batch: ProducerBatch) => void sent.push(batch),
      };
    };
    peer.kafka = { producer } as unknown as Kafka;
    const log = kafkaLog(config);
    const readings = Array.from({ length: 1_000 }, (_, index) => reading(`m${index % 50}`, index));
    const statuses = [{ device: "m1", kind: "status" as const, value: "online", received: 1 }];
    await log.append({ readings, rejected: [], statuses });
    expect(sent.map(({ acks, compression }) => [acks, compression])).toEqual([[-1, 1]]);
    // One message for each partition, which holds its records.
    const records = sent[0]?.topicMessages?.map(({ topic, messages }) => [
      topic,
      messages.length,
      messages.reduce((sum, { value }) => sum + (value as unknown as RecordSet).records.length, 0),
    ]);
    expect(records).toEqual([
      ["smp.readings.v1", 6, 1_000],
      ["smp.status.v1", 1, 1],
    ]);
    // One request at a time: of two in flight the second could overtake the first.
    expect(settings).toMatchObject([{ maxInFlightRequests: 1, allowAutoTopicCreation: false }]);
    await log.close();
  });
});
