import { afterAll, beforeAll, expect, test } from "vitest";
import { Harness, next, scriptedIngest } from "./harness.ts";

let harness: Harness;

beforeAll(async () => {
  harness = await Harness.start({ ingest: scriptedIngest(() => ({})) });
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
