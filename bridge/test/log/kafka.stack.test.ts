import { randomBytes } from "node:crypto";
import type { NormalisedReading } from "@smp/schemas";
import kafkajs, { Kafka, logLevel } from "kafkajs";
import { afterEach, describe, expect, test } from "vitest";
import { readKafkaConfig, type KafkaConfig } from "../../src/config.ts";
import { startLoad, type Load } from "../../src/load/load.ts";
import type { Log, LogBatch } from "../../src/log.ts";
import { kafkaLog } from "../../src/log/kafka.ts";
import { fakeStore } from "../fake-store.ts";

const T = 1_780_000_000_000;
const opened: (Log | Load)[] = [];

function newConfig(): KafkaConfig {
  const prefix = `t${randomBytes(4).toString("hex")}.`;
  return { ...readKafkaConfig(process.env), topicPrefix: prefix, groupId: `${prefix}load`, partitions: 3 };
}

function open(config: KafkaConfig): Log {
  const log = kafkaLog(config);
  opened.push(log);
  return log;
}

function load(log: Log, store: ReturnType<typeof fakeStore>): Load {
  const started = startLoad({ log, store, backOff: { firstMs: 20, maxMs: 100 } });
  opened.unshift(started);
  return started;
}

const readings = (meter: string, count: number, from = 0): NormalisedReading[] =>
  Array.from({ length: count }, (_, index) => ({
    meter,
    device: meter,
    t: T + (from + index) * 1_000,
    received: T,
    r: { "1-0:16.7.0": from + index },
  }));

const batch = (content: Partial<LogBatch>): LogBatch => ({
  readings: [],
  rejected: [],
  statuses: [],
  ...content,
});

afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

describe("the Kafka log", () => {
  test("brings readings, rejections and statuses to the store, each meter in order", async () => {
    const config = newConfig();
    const store = fakeStore();
    const log = open(config);
    const rejected = {
      device: "m1",
      topic: "sm/v1/m1/reading",
      code: "schema",
      detail: "No r.",
      received: T,
      payload: "e30=",
    } as const;
    await log.append(
      batch({
        readings: [...readings("m1", 3_000), ...readings("m2", 3_000)],
        rejected: [rejected],
        statuses: [{ device: "m1", kind: "status", value: "online", received: T }],
      }),
    );
    load(log, store);
    await expect.poll(() => store.readings.length, { timeout: 20_000 }).toBe(6_000);
    await expect.poll(() => store.rejections.length).toBe(1);
    await expect.poll(() => store.puts.length).toBe(1);
    for (const meter of ["m1", "m2"])
      expect(store.readings.filter((reading) => reading.meter === meter)).toEqual(readings(meter, 3_000));
    expect(store.rejections).toEqual([rejected]);
    expect(store.puts).toEqual([{ kind: "device-status", id: "m1", value: "online", t: T }]);
    expect(await log.health()).toEqual({ ok: true });
  });

  test("gives a batch again that the store did not take before the loader stopped", async () => {
    const config = newConfig();
    const store = fakeStore();
    store.failing = new Error("disk full");
    const first = open(config);
    await first.append(batch({ readings: readings("m1", 10) }));
    const loader = load(first, store);
    await expect.poll(async () => (await loader.health()).detail, { timeout: 20_000 }).toContain("disk full");
    expect((await loader.health()).ok).toBe(false);
    await loader.close();
    await first.close();
    store.failing = undefined;
    const second = open(config);
    await second.append(batch({ readings: readings("m1", 10, 10) }));
    load(second, store);
    await expect.poll(() => store.readings.length, { timeout: 40_000 }).toBe(20);
    expect(store.readings).toEqual(readings("m1", 20));
  }, 60_000);

  test("does not read again what a loader has committed", async () => {
    const config = newConfig();
    const store = fakeStore();
    const first = open(config);
    await first.append(batch({ readings: readings("m1", 10) }));
    const loader = load(first, store);
    await expect.poll(() => store.readings.length, { timeout: 20_000 }).toBe(10);
    const admin = new Kafka({ brokers: config.brokers, logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    const committed = async (): Promise<number> => {
      const [topic] = await admin.fetchOffsets({
        groupId: config.groupId,
        topics: [`${config.topicPrefix}smp.readings.v1`],
      });
      return (topic?.partitions ?? []).reduce((sum, { offset }) => sum + Math.max(0, Number(offset)), 0);
    };
    await expect.poll(committed, { timeout: 20_000 }).toBe(10);
    await admin.disconnect();
    await loader.close();
    await first.close();
    const second = open(config);
    load(second, store);
    await second.append(batch({ readings: readings("m1", 1, 10) }));
    await expect.poll(() => store.readings.length, { timeout: 20_000 }).toBe(11);
    expect(store.readings).toEqual(readings("m1", 11));
  }, 60_000);

  test("shares the partitions between two loaders, and one takes over from the other", async () => {
    const config = newConfig();
    const [one, two] = [fakeStore(), fakeStore()];
    const writer = open(config);
    const meters = Array.from({ length: 30 }, (_, index) => `m${index}`);
    const round = (from: number): LogBatch =>
      batch({ readings: meters.flatMap((meter) => readings(meter, 10, from)) });
    await writer.append(round(0));
    const [first, second] = [open(config), open(config)];
    const loader = load(first, one);
    load(second, two);
    const total = (): number =>
      new Set([...one.readings, ...two.readings].map(({ meter, t }) => `${meter} ${t}`)).size;
    await expect.poll(total, { timeout: 30_000 }).toBe(300);
    await expect
      .poll(
        async () => {
          await writer.append(round(10));
          return one.readings.length > 0 && two.readings.length > 0;
        },
        { timeout: 30_000, interval: 1_000 },
      )
      .toBe(true);
    await loader.close();
    await first.close();
    await writer.append(round(20));
    await expect.poll(total, { timeout: 40_000 }).toBe(900);
  }, 120_000);

  test("passes over a record that somebody else wrote, and goes on", async () => {
    const config = newConfig();
    const store = fakeStore();
    const log = open(config);
    await log.append(batch({ readings: readings("m1", 1) }));
    const foreign = new Kafka({ brokers: config.brokers, logLevel: logLevel.NOTHING }).producer();
    await foreign.connect();
    await foreign.send({
      topic: `${config.topicPrefix}smp.readings.v1`,
      messages: [
        { key: "m1", value: "junk" },
        { key: "m1", value: null },
      ],
    });
    await foreign.disconnect();
    await log.append(batch({ readings: readings("m1", 1, 1) }));
    load(log, store);
    await expect.poll(() => store.readings.length, { timeout: 20_000 }).toBe(2);
    expect(store.readings).toEqual(readings("m1", 2));
  });

  test("refuses topics whose partitions are not those of the settings", async () => {
    const config = newConfig();
    await open(config).append(batch({ readings: readings("m1", 1) }));
    await expect(
      open({ ...config, partitions: 4 }).append(batch({ readings: readings("m1", 1) })),
    ).rejects.toThrow(/has 3 partitions, but SMP_KAFKA_PARTITIONS is 4/);
  });

  test("makes topics again that somebody deleted, with the partitions of the settings, and goes on", async () => {
    const config = newConfig();
    const log = kafkaLog(config, { anewMs: 200 });
    opened.push(log);
    const store = fakeStore();
    load(log, store);
    await log.append(batch({ readings: readings("a", 1) }));
    await expect.poll(() => store.readings.length, { timeout: 20_000 }).toBe(1);
    const kafka = new Kafka({ brokers: config.brokers, logLevel: logLevel.NOTHING });
    const admin = kafka.admin();
    await admin.connect();
    const topics = (await admin.listTopics()).filter((name) => name.startsWith(config.topicPrefix));
    await admin.deleteTopics({ topics });
    const isTaken = async (): Promise<boolean> =>
      await log.append(batch({ readings: readings("b", 1) })).then(
        () => true,
        () => false,
      );
    await expect.poll(isTaken, { timeout: 30_000 }).toBe(true);
    await expect
      .poll(() => store.readings.some(({ meter }) => meter === "b"), { timeout: 40_000 })
      .toBe(true);
    const made = await admin.fetchTopicMetadata({ topics });
    expect(made.topics.map(({ partitions }) => partitions.length)).toEqual([3, 3, 3]);
    await admin.disconnect();
  }, 100_000);

  test("sends in parts what a topic with a smaller limit does not take at once, each meter in order, and what it never takes to the rejected", async () => {
    const config = newConfig();
    const log = open(config);
    await log.append(batch({ readings: readings("a", 1) }));
    const kafka = new Kafka({ brokers: config.brokers, logLevel: logLevel.NOTHING });
    const admin = kafka.admin();
    await admin.connect();
    await admin.alterConfigs({
      validateOnly: false,
      resources: [
        {
          type: kafkajs.ConfigResourceTypes.TOPIC,
          name: `${config.topicPrefix}smp.readings.v1`,
          configEntries: [{ name: "max.message.bytes", value: "4000" }],
        },
      ],
    });
    await admin.disconnect();
    const many = readings("a", 2_000, 1).map((one) => ({ ...one, r: { "x-a": Math.random() } }));
    await expect
      .poll(() => log.append(batch({ readings: many })).then(() => true), { timeout: 20_000 })
      .toBe(true);
    const r = Object.fromEntries(Array.from({ length: 400 }, (_, index) => [`x-${index}`, Math.random()]));
    await log.append(batch({ readings: readings("b", 1).map((one) => ({ ...one, r })) }));
    const store = fakeStore();
    load(log, store);
    await expect.poll(() => store.readings.length, { timeout: 20_000 }).toBeGreaterThanOrEqual(2_001);
    const times = store.readings.slice(0, 2_001).map(({ t }) => (t - T) / 1_000);
    expect(times).toEqual(Array.from({ length: 2_001 }, (_, index) => index));
    await expect.poll(() => store.rejections).toMatchObject([{ device: "b", code: "too-large" }]);
  }, 60_000);

  test("says that Kafka is away instead of acknowledging", async () => {
    const log = open({ ...newConfig(), brokers: ["127.0.0.1:1"] });
    await expect(log.append(batch({ readings: readings("m1", 1) }))).rejects.toThrow(/Kafka takes nothing/);
    expect((await log.health()).ok).toBe(false);
  });
});
