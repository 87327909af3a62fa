import type { ICustomPartitioner, Kafka, PartitionMetadata, ProducerBatch, RecordMetadata } from "kafkajs";
import { pino } from "pino";
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

  test("makes the next consumer ever later when each crashes at once, as where a right is missing, and says which", async () => {
    vi.useFakeTimers();
    const scripted = scriptedKafka();
    peer.kafka = scripted.kafka;
    const lines: string[] = [];
    const log = kafkaLog(config, { logger: pino({}, { write: (line: string) => void lines.push(line) }) });
    const consuming = log.consume(() => Promise.resolve());
    for (let second = 0; second < 60; second++) {
      scripted.made.at(-1)?.happen("CRASH", { error: new Error("Failed to find group coordinator") });
      await vi.advanceTimersByTimeAsync(1_000);
    }
    // Not two a second: 0.1, 0.2, 0.4 … 5 s.
    expect(scripted.made.length).toBeLessThan(30);
    expect(scripted.made.length).toBeGreaterThan(8);
    expect(lines[0]).toContain("may this user Read on the group smp-load");
    expect(await log.health()).toMatchObject({ ok: false, detail: expect.stringMatching(/again and again/) });
    await vi.advanceTimersByTimeAsync(16_000);
    expect(await log.health()).toEqual({ ok: true });
    await log.close();
    await consuming;
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
        sendBatch: async (batch: ProducerBatch) => {
          if (client === 1) throw new Error("This server does not host this topic-partition");
          heard.push(`taken by ${client}`);
          return answersTo(batch);
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
        sendBatch: async (batch: ProducerBatch) => {
          sent.push(batch);
          return answersTo(batch);
        },
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

  test("keeps a record that its topic never takes among the rejected messages, and goes on", async () => {
    const sent: { topic: string; value: Record<string, unknown> }[] = [];
    let bytesMax: Record<string, number> = { "smp.readings.v1": 500 };
    peer.kafka = producing(async ({ topicMessages = [] }) => {
      const sets = topicMessages.flatMap(({ topic, messages }) =>
        messages.map(({ value }) => {
          const texts = (value as unknown as RecordSet).records.map((record) => record.value);
          return { topic, texts, isTooLarge: texts.join("").length > (bytesMax[topic] ?? Infinity) };
        }),
      );
      // Kafka takes the other partitions' sets of the request all the same.
      for (const { topic, texts, isTooLarge } of sets)
        for (const text of isTooLarge ? [] : texts) sent.push({ topic, value: JSON.parse(text) });
      if (sets.some(({ isTooLarge }) => isTooLarge))
        throw Object.assign(new Error("too large"), { type: "MESSAGE_TOO_LARGE" });
    });
    const log = kafkaLog(config);
    const r = Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`x-${n}`, n]));
    const large = { ...reading("b", 2), r };
    const statuses = [{ device: "m1", kind: "status" as const, value: "online", received: 1 }];
    const of = (topic: string) => sent.flatMap((one) => (one.topic === topic ? [one.value] : []));

    await log.append({ readings: [reading("b", 1), large, reading("b", 3)], rejected: [], statuses });
    expect(of("smp.readings.v1").map(({ t }) => t)).toEqual([1, 3]);
    expect(of("smp.status.v1").at(-1)).toEqual(statuses[0]);
    const [rejected, ...others] = of("smp.rejected.v1");
    expect(others).toEqual([]);
    expect(rejected).toMatchObject({ device: "b", topic: "smp.readings.v1", code: "too-large", received: 2 });
    expect(rejected?.["detail"]).toMatch(
      /has \d+ bytes, more than smp\.readings\.v1 takes: .*max\.message\.bytes/,
    );
    expect(JSON.parse(Buffer.from(String(rejected?.["payload"]), "base64").toString())).toEqual(large);

    // Without its bytes, where those do not fit either; with another topic's only record in the same send.
    sent.length = 0;
    bytesMax = { "smp.readings.v1": 500, "smp.rejected.v1": 500 };
    await log.append({ readings: [large], rejected: [], statuses });
    expect(of("smp.rejected.v1")).toMatchObject([{ device: "b", code: "too-large", payload: "" }]);
    expect(of("smp.status.v1").at(-1)).toEqual(statuses[0]);

    bytesMax = { "smp.readings.v1": 10, "smp.rejected.v1": 10 };
    const refused = log.append({ readings: [large], rejected: [], statuses });
    await expect(refused).rejects.toMatchObject({ code: "kafka", retryable: true });
    await log.close();
  });

  test("says that nothing was taken when a topic came back with fewer partitions: kafkajs would leave those sets out", async () => {
    let partitions = config.partitions;
    peer.kafka = producing(async ({ topicMessages = [] }, partitionOf) => {
      const partitionMetadata = Array.from({ length: partitions }) as PartitionMetadata[];
      for (const { topic, messages } of topicMessages)
        for (const message of messages) partitionOf({ topic, message, partitionMetadata });
    });
    const log = kafkaLog(config);
    const readings = Array.from({ length: 50 }, (_, index) => reading(`m${index}`, 1));
    const batch = { readings, rejected: [], statuses: [] };
    await log.append(batch);
    partitions = 1;
    await expect(log.append(batch)).rejects.toMatchObject({ code: "kafka-topic", retryable: true });
    expect((await log.health()).detail).toMatch(/smp\.readings\.v1 .* 1 partitions, .*SMP_KAFKA_PARTITIONS/);
    await log.close();
  });
});

/** What brokers answer that have taken all. */
const answersTo = ({ topicMessages = [] }: ProducerBatch): RecordMetadata[] =>
  topicMessages.flatMap(({ topic: topicName, messages }) =>
    messages.map(({ partition = -1 }) => ({ topicName, partition, errorCode: 0 })),
  );

/** A Kafka whose producer sends as the test says, and knows our partitioner. */
function producing(
  sendBatch: (batch: ProducerBatch, partitionOf: ReturnType<ICustomPartitioner>) => Promise<void>,
): Kafka {
  const producer = ({ createPartitioner }: { createPartitioner: ICustomPartitioner }) => ({
    connect: async () => undefined,
    disconnect: async () => undefined,
    async sendBatch(batch: ProducerBatch) {
      await sendBatch(batch, createPartitioner());
      return answersTo(batch);
    },
  });
  return { producer } as unknown as Kafka;
}
