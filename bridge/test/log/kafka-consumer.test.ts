import { createRequire } from "node:module";
import { pino } from "pino";
import { Registry } from "prom-client";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { readKafkaConfig } from "../../src/config.ts";
import type { LogBatch } from "../../src/log.ts";
import { createKafka } from "../../src/log/kafka/client.ts";
import { runConsumer, type ConsumerRun } from "../../src/log/kafka/consumer.ts";
import { groupMetrics } from "../../src/log/kafka/metrics.ts";
import { scriptedKafka, type ScriptedConsumer } from "./scripted-consumer.ts";

const TOPIC = "smp.readings.v1";
const config = readKafkaConfig({ KAFKA_BROKERS: "127.0.0.1:1" });
const logger = pino({ level: "silent" });
const reading = (t: number) => ({ meter: "m1", device: "m1", t, received: t, r: { "x-a": 1 } });

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "setTimeout", "clearTimeout", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

async function consume(handle: (batch: LogBatch) => Promise<void>): Promise<{
  run: ConsumerRun;
  consumer: ScriptedConsumer;
  ended: () => string | undefined;
  figure: (name: string) => Promise<string[]>;
}> {
  const { kafka, made } = scriptedKafka();
  const registry = new Registry();
  const metrics = groupMetrics(registry, "smp-load");
  const run = await runConsumer({ kafka, config, logger, handle, metrics });
  let why: string | undefined;
  void run.ended.then((text) => (why = text));
  const figure = async (name: string): Promise<string[]> =>
    (await registry.metrics()).split("\n").filter((line) => line.startsWith(`${name}{`));
  return { run, consumer: made[0]!, ended: () => why, figure };
}
/** A write of the store that takes as long as the test wants. */
function slowly(): { handle: () => Promise<void>; finish: () => void } {
  let finish = (): void => undefined;
  const writing = new Promise<void>((resolve) => (finish = resolve));
  return { handle: () => writing, finish };
}

describe("one consumer of the loaders' group", () => {
  test("commits an offset after the store has the batch, and not before", async () => {
    const { handle, finish } = slowly();
    const { consumer } = await consume(handle);
    const given = consumer.give(TOPIC, [reading(1), reading(2)]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(consumer.heard).toEqual(["connect", "subscribe 3"]);
    finish();
    await given;
    expect(consumer.heard.slice(2)).toEqual(["resolve 1", "commit 2", "heartbeat"]);
    expect(consumer.settings).toMatchObject({
      autoCommit: false,
      eachBatchAutoResolve: false,
      allowAutoTopicCreation: false,
    });
    expect(consumer.settings).not.toHaveProperty("minBytes");
  });

  test("leaves alone a batch that came when it was at its end, or that is of a position it has left", async () => {
    const batches: LogBatch[] = [];
    const { consumer } = await consume(async (batch) => void batches.push(batch));
    for (const rest of [{ isRunning: false }, { isStale: true }])
      await consumer.give(TOPIC, [reading(1)], undefined, rest);
    expect(batches).toEqual([]);
    expect(consumer.heard).toEqual(["connect", "subscribe 3"]);
  });

  test("that cannot begin leaves no connection behind", async () => {
    const { kafka, made, refuse } = scriptedKafka();
    refuse.next = 1;
    const starting = runConsumer({ kafka, config, logger, handle: () => Promise.resolve() });
    await expect(starting).rejects.toThrow("connection refused");
    expect(made[0]!.heard).toEqual(["disconnect"]);
  });

  test("that begins with now reads only the records that it wants", async () => {
    const { kafka, made } = scriptedKafka();
    const batches: LogBatch[] = [];
    const handle = async (batch: LogBatch): Promise<void> => void batches.push(batch);
    const isWanted = (kind: string, key: string): boolean => kind === "readings" && key !== "m1";
    await runConsumer({ kafka, config, logger, handle, fromNow: true, isWanted });
    expect(made[0]!.heard).toEqual(["connect", "subscribe 3 from now"]);
    const other = { ...reading(2), meter: "x-sum.m1" };
    await made[0]!.give(TOPIC, [reading(1), other, reading(3)]);
    expect(batches).toEqual([{ readings: [other], rejected: [], statuses: [] }]);
    // Of readings it needs no place to come back to, and Kafka gathers them for it.
    expect(made[0]!.heard.slice(2)).toEqual(["resolve 2", "heartbeat"]);
    expect(made[0]!.settings["minBytes"]).toBeGreaterThan(100_000);
    const deleted = { device: "m1", kind: "deleted", value: "m1", received: reading(1).received };
    await made[0]!.give("smp.status.v1", [deleted]);
    expect(made[0]!.heard).toContain("commit 1");
  });

  test("takes what a newer broker writes, without what it does not know yet", async () => {
    const batches: LogBatch[] = [];
    const { consumer } = await consume(async (batch) => void batches.push(batch));
    const wrong = { ...reading(4), r: { "x-a": "1" }, colour: "red" };
    await consumer.give(TOPIC, [
      { ...reading(1), colour: "red", quality: ["guessed", "suspect"] },
      { ...reading(2), quality: ["guessed"] },
      wrong,
    ]);
    const rejected = { device: "m1", topic: "sm/v1/m1/reading", detail: "No.", received: 5, payload: "" };
    await consumer.give("smp.rejected.v1", [{ ...rejected, code: "too-colourful", colour: "red" }]);
    expect(batches.flatMap(({ readings }) => readings)).toEqual([
      { ...reading(1), quality: ["suspect"] },
      reading(2),
    ]);
    expect(batches.flatMap((batch) => batch.rejected)).toEqual([{ ...rejected, code: "too-colourful" }]);
  });

  test("commits nothing of a batch that the store did not take", async () => {
    const { consumer } = await consume(() => Promise.reject(new Error("disk full")));
    await expect(consumer.give(TOPIC, [reading(1)])).rejects.toThrow("disk full");
    expect(consumer.heard).toEqual(["connect", "subscribe 3"]);
  });

  test("goes on beating in a long write, more often than its session needs", async () => {
    const { handle, finish } = slowly();
    const { consumer } = await consume(handle);
    const given = consumer.give(TOPIC, [reading(1)]);
    await vi.advanceTimersByTimeAsync(60_000);
    const beats = consumer.heard.filter((one) => one === "heartbeat").length;
    expect(beats).toBeGreaterThanOrEqual(18);
    expect(consumer.settings["sessionTimeout"]).toBe(10_000);
    finish();
    await given;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(consumer.heard.filter((one) => one === "heartbeat")).toHaveLength(beats + 1);
  });

  test("ends its write when a rebalance comes in the middle of it; the batch may then come again", async () => {
    const { handle, finish } = slowly();
    const { consumer } = await consume(handle);
    const rebalance = (): Promise<void> => Promise.reject(new Error("The group is rebalancing"));
    const given = consumer.give(TOPIC, [reading(1)], rebalance);
    await vi.advanceTimersByTimeAsync(7_000);
    finish();
    // Told to kafkajs at the end, which then joins the new round.
    await expect(given).rejects.toThrow("rebalancing");
    expect(consumer.heard).toContain("commit 1");
  });

  test("that fell silent is at its end, so that another one takes over", async () => {
    const { consumer, ended, run } = await consume(() => Promise.resolve());
    for (const sign of ["HEARTBEAT", "FETCH", "GROUP_JOIN", "END_BATCH_PROCESS", "FETCH"] as const) {
      await vi.advanceTimersByTimeAsync(18_000);
      consumer.happen(sign);
    }
    expect(ended()).toBeUndefined();
    await vi.advanceTimersByTimeAsync(26_000);
    expect(ended()).toMatch(/gave no sign of life for 2\d s/);
    expect(run.silentMs()).toBeGreaterThan(20_000);
  });

  test("that crashed is at its end at once", async () => {
    const { consumer, ended } = await consume(() => Promise.resolve());
    consumer.happen("CRASH", { error: new Error("not coordinator") });
    await vi.advanceTimersByTimeAsync(0);
    expect(ended()).toBe("it crashed (not coordinator)");
  });

  test("leaves the group when it is stopped", async () => {
    const { consumer, run } = await consume(() => Promise.resolve());
    await run.stop();
    expect(consumer.heard.at(-1)).toBe("disconnect");
  });

  test("keeps the platform's own record that it cannot read whole among the rejected, and counts what it passes over", async () => {
    const batches: LogBatch[] = [];
    const { consumer, figure } = await consume(async (batch) => void batches.push(batch));
    const give = (values: unknown[], schema: string, device = "m1"): Promise<void> =>
      consumer.give(TOPIC, values, undefined, { headers: { device, schema }, timestamp: 7_000 });
    const strange = { ...reading(2), r: [1, 2] };
    await give([reading(1), strange, reading(3)], "normalised-reading");
    expect(batches[0]).toMatchObject({
      readings: [reading(1), reading(3)],
      rejected: [{ device: "m1", topic: `${TOPIC}/0`, code: "schema", received: 7_000 }],
    });
    const [kept] = batches[0]!.rejected;
    expect(JSON.parse(Buffer.from(kept!.payload, "base64").toString())).toEqual(strange);
    expect(kept!.detail).toMatch(/offset 1 of smp\.readings\.v1\/0 .*upgrade/);
    await give([strange], "somebody-else's");
    await give([strange], "normalised-reading", "Nobody's");
    for (const batch of batches.slice(1)) expect(batch).toEqual({ readings: [], rejected: [], statuses: [] });
    expect(await figure("smp_log_unreadable_records_total")).toEqual([
      'smp_log_unreadable_records_total{group="smp-load",outcome="kept"} 1',
      'smp_log_unreadable_records_total{group="smp-load",outcome="passed-over"} 2',
    ]);
  });

  test("tells how far it is behind, also while the store takes nothing, and forgets partitions that became another's", async () => {
    const { handle, finish } = slowly();
    const { consumer, figure } = await consume(handle);
    const rest = { waiting: 40, timestamp: Date.now() - 60_000 };
    const lag = async (): Promise<[records: number, seconds: number]> => {
      const [records, seconds] = [await figure("smp_log_lag_records"), await figure("smp_log_lag_seconds")];
      return [Number(records[0]?.split(" ")[1]), Number(seconds[0]?.split(" ")[1])];
    };
    expect(await lag()).toEqual([0, 0]);
    const given = consumer.give(TOPIC, [reading(1), reading(2)], undefined, rest);
    const [records, seconds] = await lag();
    expect(records).toBe(42);
    expect(seconds).toBeGreaterThanOrEqual(60);
    expect(await figure("smp_log_handled_records_total")).toEqual([]);
    finish();
    await given;
    expect((await lag())[0]).toBe(40);
    expect(await figure("smp_log_handled_records_total")).toEqual([
      'smp_log_handled_records_total{group="smp-load",kind="readings"} 2',
    ]);
    consumer.happen("GROUP_JOIN");
    expect(await lag()).toEqual([0, 0]);
    await consumer.give(TOPIC, [reading(1)]);
    expect(await lag()).toEqual([0, 0]);
  });

  test("passes over what is not ours", async () => {
    const batches: LogBatch[] = [];
    const { consumer } = await consume(async (batch) => void batches.push(batch));
    await consumer.give(TOPIC, ["not JSON", reading(1), { foreign: true }]);
    expect(batches.map(({ readings }) => readings)).toEqual([[reading(1)]]);
    expect(consumer.heard).toContain("commit 3");
  });

  test("passes over numbers that no store takes, which would stop the loader for ever, and says it once", async () => {
    const batches: LogBatch[] = [];
    const error = vi.spyOn(logger, "error");
    const { consumer } = await consume(async (batch) => void batches.push(batch));
    const poison = [-1, 1e20, 1.5].map((t) => ({ ...reading(1), t }));
    await consumer.give(TOPIC, [
      ...poison,
      { ...reading(1), received: 1e300 },
      { ...reading(1), s: 2 ** 60 },
    ]);
    const status = { device: "m1", kind: "status", value: "online", received: 1 };
    await consumer.give("smp.status.v1", [
      { ...status, kind: "mood" },
      { ...status, device: 7 },
      { ...status, received: 1.5 },
      status,
      { ...status, received: 1e300 },
    ]);
    const message = { device: "m1", topic: "x", code: "schema", detail: "no.", received: 1, payload: "e30=" };
    await consumer.give("smp.rejected.v1", [
      { ...message, received: 1e300 },
      { ...message, index: 1e300 },
      message,
    ]);
    const none = { readings: [], rejected: [], statuses: [] };
    expect(batches).toEqual([none, { ...none, statuses: [status] }, { ...none, rejected: [message] }]);
    expect(error.mock.calls.map(([facts]) => facts)).toMatchObject([
      { topic: TOPIC, offset: "0", records: 5 },
      { offset: "0", records: 4 },
      { offset: "0", records: 2 },
    ]);
  });
});

test("records that Kafka deleted before they were read are an error in the log, and not a detail", async () => {
  const logged = { error: vi.spyOn(logger, "error"), debug: vi.spyOn(logger, "debug") };
  const counted = vi.fn<() => void>();
  const kafka = await createKafka(config, logger, counted);
  const { prototype } = createRequire(import.meta.url)("kafkajs/src/consumer/consumerGroup") as {
    prototype: { recoverFromOffsetOutOfRange(where: object): Promise<void> };
  };
  const group = {
    preferredReadReplicasPerTopicPartition: {},
    logger: kafka.logger().namespace("ConsumerGroup"),
    groupId: "smp-load",
    offsetManager: { setDefaultOffset: () => Promise.resolve() },
  };
  await prototype.recoverFromOffsetOutOfRange.call(group, { topic: TOPIC, partition: 3 });
  expect(logged.error).toHaveBeenCalledExactlyOnceWith(
    expect.objectContaining({ topic: TOPIC, partition: 3, groupId: "smp-load" }),
    expect.stringContaining("deleted unread"),
  );
  expect(logged.debug).not.toHaveBeenCalled();
  expect(counted).toHaveBeenCalledOnce();
});

test("an idle connection to Kafka sets no timer: kafkajs' own looks every millisecond", async () => {
  await createKafka(config, logger);
  const { prototype } = createRequire(import.meta.url)("kafkajs/src/network/requestQueue") as {
    prototype: { scheduleCheckPendingRequests(): void };
  };
  const queue = {
    pending: [] as unknown[],
    throttledUntil: 0,
    throttleCheckTimeoutId: null,
    checkPendingRequests: vi.fn<() => void>(),
  };
  prototype.scheduleCheckPendingRequests.call(queue);
  expect(vi.getTimerCount()).toBe(0);
  queue.pending.push("a request that must wait");
  prototype.scheduleCheckPendingRequests.call(queue);
  expect(vi.getTimerCount()).toBe(1);
  await vi.advanceTimersByTimeAsync(10);
  expect(queue.checkPendingRequests).toHaveBeenCalledOnce();
});
