import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { MqttClient } from "mqtt";
import { Harness, next, scriptedIngest, type ScriptedIngest } from "../harness.ts";
import { TestAuthority, type Credentials } from "../pki.ts";

const DEVICES = 12;
const PER_SECOND = 20;
const AWAY_MS = 500;

const authority = new TestAuthority();
let devices: Credentials[];
let ingest: ScriptedIngest;
let harness: Harness;

beforeAll(() => {
  devices = Array.from({ length: DEVICES }, (_, index) => authority.device(`m${index}`));
});
afterAll(() => authority.remove());
beforeEach(async () => {
  ingest = scriptedIngest();
  const limits = { logAwayMs: AWAY_MS, sendAwayPerSecond: PER_SECOND };
  harness = await Harness.start({ ingest, limits }, {}, authority);
});
afterEach(() => harness.close(false));

const publish = (client: MqttClient, index: number): Promise<string> =>
  Promise.race([
    client.publishAsync(`sm/v1/m${index}/reading`, `{"s":${index}}`, { qos: 1 }).then(() => "acknowledged"),
    next(client, "close").then(() => "not acknowledged"),
  ]);

/** Every device has sent a message that the log holds back. */
async function waiting(): Promise<{ clients: MqttClient[]; outcomes: Promise<string>[]; began: number }> {
  const clients = await Promise.all(
    devices.map((device, index) => harness.connect(device, { clientId: `m${index}`, keepalive: 60 })),
  );
  const began = performance.now();
  const outcomes = clients.map(publish);
  await ingest.count(DEVICES);
  return { clients, outcomes, began };
}

describe("devices whose messages the log does not take", () => {
  test("are first kept waiting, then closed a few at a time, and never told that a message is safe", async () => {
    const { clients, outcomes, began } = await waiting();
    const closedAt = await Promise.all(
      clients.map(async (client) => {
        await next(client, "close");
        return performance.now() - began;
      }),
    );
    expect(Math.min(...closedAt)).toBeGreaterThanOrEqual(AWAY_MS - 20);
    // Twelve at twenty a second: not in one storm.
    expect(Math.max(...closedAt) - Math.min(...closedAt)).toBeGreaterThan(
      (DEVICES / PER_SECOND) * 1_000 * 0.7,
    );
    expect(new Set(await Promise.all(outcomes))).toEqual(new Set(["not acknowledged"]));
    const reasons = harness.log.lines.flatMap(({ reason }) => reason ?? []);
    expect(new Set(reasons)).toEqual(new Set(["log-away"]));
    expect((await harness.log.line("log-away")).msg).toContain("it keeps its readings");
  });

  test("are told so by health, are refused with code 3, and come back by themselves when the log does", async () => {
    const { clients } = await waiting();
    ingest.ready = false;
    expect(harness.broker.health().detail).toMatch(/devices are not answered/);
    await expect
      .poll(() => harness.broker.health().detail, { timeout: 5_000 })
      .toMatch(/taken no message for \d+ s: devices are sent away \(CONNACK 3\) and keep their readings/);
    expect(await harness.refused(devices[0] ?? {}, { clientId: "m0" })).toBe(3);
    await Promise.all(
      clients.map((client) => (client.connected ? next(client, "close") : Promise.resolve())),
    );
    // The log is back: what it was handed before goes into it, and then what is sent again.
    ingest.ready = true;
    for (const { accept } of ingest.taken) accept();
    await expect.poll(() => harness.broker.health().ok).toBe(true);
    ingest.answer = () => ({});
    const again = await harness.connect(devices[0] ?? authority.device("x"), { clientId: "m0" });
    expect(await publish(again, 0)).toBe("acknowledged");
    await again.endAsync();
  });

  test("are sent away from a log that hangs and never says that it is not ready", async () => {
    const { clients } = await waiting();
    await Promise.all(clients.map((client) => next(client, "close")));
    expect(ingest.ready).toBe(true);
    expect(await harness.refused(devices[0] ?? {}, { clientId: "m0" })).toBe(3);
    expect(harness.broker.health().ok).toBe(false);
    // Their wills are readings of their presence: the log gets them when it is back.
    for (const { accept } of ingest.taken) accept();
    await expect.poll(() => harness.broker.health().ok).toBe(true);
  });

  test("do not take those with them who have nothing to wait for", async () => {
    const idle = await harness.connect(devices[1] ?? authority.device("x"), { clientId: "m1" });
    const tap = await harness.connect(authority.consumer("tap"));
    ingest.ready = false;
    const held = await harness.connect(devices[0] ?? authority.device("x"), { clientId: "m0" });
    void publish(held, 0);
    await next(held, "close");
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect([idle.connected, tap.connected]).toEqual([true, true]);
    ingest.ready = true;
    ingest.at(0).accept();
  });

  test("are not sent away by an outage that is short", async () => {
    const { clients, outcomes } = await waiting();
    ingest.ready = false;
    await new Promise((resolve) => setTimeout(resolve, AWAY_MS / 4));
    ingest.ready = true;
    for (const { accept } of ingest.taken) accept();
    expect(new Set(await Promise.all(outcomes))).toEqual(new Set(["acknowledged"]));
    expect(clients.every(({ connected }) => connected)).toBe(true);
  });
});
