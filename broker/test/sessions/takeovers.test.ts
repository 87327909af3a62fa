import { statusTopic } from "@smp/schemas";
import { pino } from "pino";
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { createMetrics } from "../../src/metrics.ts";
import { watchTakeovers, type Takeovers } from "../../src/sessions/takeovers.ts";
import { Harness, next, scriptedIngest } from "../harness.ts";

let harness: Harness;
const ingest = scriptedIngest(() => ({}));

beforeAll(async () => {
  harness = await Harness.start({ ingest });
});
afterAll(() => harness.close());

const counted = async (name: string): Promise<number | undefined> =>
  (await harness.broker.metrics.getSingleMetric(name)?.get())?.values[0]?.value;

test("two devices with one certificate end each other, are counted, and raise an alarm at the fourth time in a minute", async () => {
  const clone = harness.authority.device("m7");
  let current = await harness.connect(clone, { clientId: "m7" });
  for (let time = 1; time <= 6; time++) {
    const ended = next(current, "close");
    current = await harness.connect(clone, { clientId: "m7" });
    await ended;
    expect(await counted("smp_broker_takeovers_total")).toBe(time);
    // One alarm a minute: the log is for reading.
    expect(await counted("smp_broker_clone_alarms_total")).toBe(time > 3 ? 1 : 0);
  }
  const { msg } = await harness.log.line("cloned-certificate");
  expect(msg).toContain("device:m7 ended its own session more than 3 times within a minute");
  expect(harness.broker.health().sessions).toBe(1);
  await current.endAsync();
});

test("a device that comes back after its connection was lost raises none", async () => {
  const device = harness.authority.device("m8");
  const before = await counted("smp_broker_takeovers_total");
  for (let time = 1; time <= 6; time++) {
    const client = await harness.connect(device, { clientId: "m8" });
    await client.endAsync();
    await expect.poll(() => harness.broker.health().sessions).toBe(0);
  }
  expect(await counted("smp_broker_takeovers_total")).toBe(before);
});

test("the alarm is raised once a minute, be the device forgotten in between, and no more once the clone is gone", async () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  onTestFinished(() => void vi.useRealTimers());
  const metrics = createMetrics();
  const limits = { takeoversPerMinuteMax: 3 };
  const takeovers = watchTakeovers({ logger: pino({ level: "silent" }), metrics, limits });
  const alarmsAfter = async (times: number): Promise<number | undefined> => {
    for (let time = 0; time < times; time++) takeovers.note({ name: "device:m7", address: "a" }, "b");
    return (await metrics.cloneAlarms.get()).values[0]?.value;
  };
  expect(await alarmsAfter(3)).toBe(0);
  vi.advanceTimersByTime(1_000);
  takeovers.sweep();
  expect(await alarmsAfter(1)).toBe(1);
  expect(await alarmsAfter(9)).toBe(1);
  vi.advanceTimersByTime(59_500);
  takeovers.sweep();
  expect(await alarmsAfter(4)).toBe(1);
  vi.advanceTimersByTime(61_000);
  expect(await alarmsAfter(1)).toBe(1);
});

test("two devices with one certificate that come to two processes in turn raise one alarm, as at one", async () => {
  const ports = () => ({
    logger: pino({ level: "silent" }),
    metrics: createMetrics(),
    limits: { takeoversPerMinuteMax: 3 },
  });
  const parts = [ports(), ports()] as const;
  const watches = parts.map((part, index): Takeovers =>
    watchTakeovers({ ...part, tell: (takeover) => watches[1 - index]?.hear(takeover) }),
  );
  const alarms = async (): Promise<number> => {
    const counted = await Promise.all(parts.map(({ metrics }) => metrics.cloneAlarms.get()));
    return counted.reduce((sum, { values }) => sum + (values[0]?.value ?? 0), 0);
  };
  for (let time = 1; time <= 8; time++) {
    watches[time % 2]?.note({ name: "device:m7", address: "a" }, "b");
    expect(await alarms()).toBe(time > 3 ? 1 : 0);
  }
});

test("a session ends when its client came back at another process later, and not when earlier", async () => {
  const device = harness.authority.device("m9");
  const will = { topic: statusTopic("m9"), payload: Buffer.from("offline"), qos: 1, retain: true } as const;
  const client = await harness.connect(device, { clientId: "m9", will });
  const now = Number(process.hrtime.bigint());
  const identity = { role: "device", id: "m9" } as const;
  const taken = ingest.taken.length;
  const begin = { identity, name: "device:m9", address: "192.0.2.1", beganNs: now };
  harness.broker.hear({ began: { ...begin, beganNs: now - 60e9 } });
  harness.broker.hear({ began: { ...begin, name: "device:m10" } });
  expect(harness.broker.health().sessions).toBe(1);
  const before = await counted("smp_broker_takeovers_total");
  const alarmsBefore = await counted("smp_broker_clone_alarms_total");
  // Those of other processes count, too.
  const tookOver = { name: "device:m9", isAlarmed: false };
  for (let time = 1; time <= 3; time++) harness.broker.hear({ tookOver });
  const ended = next(client, "close");
  harness.broker.hear({ began: begin });
  await ended;
  expect(harness.broker.health().sessions).toBe(0);
  expect(await counted("smp_broker_takeovers_total")).toBe((before ?? 0) + 1);
  expect(await counted("smp_broker_clone_alarms_total")).toBe((alarmsBefore ?? 0) + 1);
  // Its will would speak against the new session.
  await new Promise((resolve) => setImmediate(resolve));
  expect(ingest.taken.length).toBe(taken);
  expect(harness.log.lines.map(({ reason }) => reason)).not.toContain("session-ended");
});
