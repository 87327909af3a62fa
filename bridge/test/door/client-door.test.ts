import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn, setTimeout as wait } from "node:timers/promises";
import type { IncomingMessage, IngestResult } from "@smp/schemas";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startClientDoor, type ClientDoor } from "../../src/door/client-door.ts";
import { readClientDoorConfig } from "../../src/door/config.ts";
import { createIngest } from "../../src/ingest/ingest.ts";
import { fakeLog } from "../fake-log.ts";
import { ScriptedBroker } from "./scripted-broker.ts";

interface Taken {
  message: IncomingMessage;
  settle: (result?: IngestResult) => void;
  fail: () => void;
}

let broker: ScriptedBroker;
let door: ClientDoor | undefined;
let taken: Taken[];
const backOff = { firstMs: 10, maxMs: 50 };
const topic = "sm/v1/kitchen/reading";
const ids = () => broker.pubacks.map(({ messageId }) => messageId);
const nothing: IngestResult = { accepted: [], rejected: [] };

/** An ingest that the test answers by hand. */
const scriptedIngest = () => ({
  ready: true,
  take: (message: IncomingMessage) =>
    new Promise<IngestResult>((resolve, reject) => {
      taken.push({
        message,
        settle: (result = nothing) => resolve(result),
        fail: () => reject(new Error("log away")),
      });
      broker.emit("packet");
    }),
});
async function open(environment: Record<string, string> = {}, ingest = scriptedIngest()): Promise<void> {
  const url = await broker.listen();
  const config = readClientDoorConfig({ MQTT_URL: url, ...environment });
  door = await startClientDoor(config, { ingest, backOff });
  await broker.until(() => broker.filters.length === 4);
}
/** A round trip: what the door had to say before has arrived. */
async function quiet(): Promise<void> {
  for (let round = 0; round < 5; round++) await turn();
  await wait(30);
}

beforeEach(() => {
  broker = new ScriptedBroker();
  taken = [];
});
afterEach(async () => {
  for (const { settle } of taken) settle();
  await door?.close();
  door = undefined;
  await broker.close();
});

describe("the client door", () => {
  test("keeps one persistent session and subscribes to the device topics at QoS 1", async () => {
    await open({ SMP_BRIDGE_CLIENT_ID: "bridge-7" });
    expect(broker.connects).toEqual([{ clientId: "bridge-7", clean: false }]);
    expect(broker.filters).toEqual(["sm/v1/+/reading", "sm/v1/+/status", "sm/v1/+/info", "sm/v1/+/raw/#"]);
    await expect.poll(() => door?.health()).toEqual({ ok: true });
  });

  test("shares the subscriptions in a group when told so", async () => {
    await open({ SMP_BRIDGE_SHARE: "smp" });
    expect(broker.filters[0]).toBe("$share/smp/sm/v1/+/reading");
  });

  test("sends PUBACK only after the log, and in the order of arrival however the log answers", async () => {
    await open();
    for (const id of [11, 12, 13]) broker.send(id, topic, `${id}`);
    await broker.until(() => taken.length === 3);
    taken[1]?.settle();
    taken[2]?.settle();
    await quiet();
    expect(ids()).toEqual([]);
    taken[0]?.settle();
    await broker.until(() => broker.pubacks.length === 3);
    expect(ids()).toEqual([11, 12, 13]);
    expect(taken.map(({ message }) => [message.device, String(message.payload)])).toEqual([
      ["kitchen", "11"],
      ["kitchen", "12"],
      ["kitchen", "13"],
    ]);
  });

  test("sends no PUBACK for what the log did not take, nor for what came after it, and connects again", async () => {
    await open();
    for (const id of [1, 2, 3]) broker.send(id, topic, `${id}`);
    await broker.until(() => taken.length === 3);
    taken[0]?.settle();
    await broker.until(() => broker.pubacks.length === 1);
    taken[1]?.fail();
    taken[2]?.settle();
    await broker.until(() => broker.connects.length === 2);
    expect(ids()).toEqual([1]);
    broker.send(2, topic, "2");
    await broker.until(() => taken.length === 4);
    taken[3]?.settle();
    await broker.until(() => broker.pubacks.length === 2);
    expect(broker.pubacks[1]).toEqual({ connection: 1, messageId: 2 });
  });

  test("never acknowledges on a new connection what came on the one before", async () => {
    await open();
    broker.send(1, topic, "old");
    await broker.until(() => taken.length === 1);
    broker.cut();
    await broker.until(() => broker.filters.length === 8);
    // The broker numbers anew: its message 1 is another one now.
    broker.send(1, topic, "new");
    await broker.until(() => taken.length === 2);
    taken[0]?.settle();
    await quiet();
    expect(broker.pubacks).toEqual([]);
    taken[1]?.settle();
    await broker.until(() => broker.pubacks.length === 1);
    expect(broker.pubacks).toEqual([{ connection: 1, messageId: 1 }]);
  });

  test("stops reading at its limit, keeps the connection by pings, and goes on at half", async () => {
    await open({ SMP_BRIDGE_IN_FLIGHT: "4", SMP_BRIDGE_KEEPALIVE_S: "2" });
    for (let id = 1; id <= 20; id++) broker.send(id, topic, `${id}`);
    await broker.until(() => taken.length === 4);
    // Longer than 1.5 keepalives, after which either side would take the other for dead.
    await wait(4_000);
    expect(taken).toHaveLength(4);
    expect(broker.pings).toBeGreaterThanOrEqual(3);
    expect(broker.connects).toHaveLength(1);
    for (let id = 1; id <= 20; id++) {
      await broker.until(() => taken.length >= id);
      taken[id - 1]?.settle();
    }
    await broker.until(() => broker.pubacks.length === 20);
    expect(ids()).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
  });

  test("acknowledges poison once the log holds its rejection, and tells the device", async () => {
    const log = fakeLog(false);
    const ingest = createIngest({ log });
    const original = log.append.bind(log);
    log.append = (batch) => {
      const done = original(batch);
      broker.emit("packet");
      return done;
    };
    await open({}, ingest as never);
    broker.send(5, topic, "\u0001 poison");
    await broker.until(() => log.pending.length === 1);
    await quiet();
    expect(ids()).toEqual([]);
    log.pending[0]?.settle();
    await broker.until(() => broker.pubacks.length === 1 && broker.published.length === 1);
    expect(log.batches[0]?.rejected[0]).toMatchObject({ device: "kitchen", code: "unknown-encoding" });
    expect(broker.published[0]?.topic).toBe("sm/v1/kitchen/error");
    expect(JSON.parse(broker.published[0]?.payload ?? "")).toMatchObject({ code: "unknown-encoding" });
  });

  test("acknowledges and counts what is not the contract's, and what is far too large", async () => {
    await open();
    broker.send(1, "sm/v1/NOT-A-NAME/reading", "x");
    broker.send(2, topic, "x".repeat(70_000));
    await broker.until(() => broker.pubacks.length === 2);
    expect(taken).toEqual([]);
    const text = await door?.metrics.metrics();
    expect(text).toContain('smp_bridge_ignored_total{reason="topic"} 1');
    expect(text).toContain('smp_bridge_ignored_total{reason="too-large"} 1');
  });

  test("mirrors the newest reading of a meter, retained, not more than once a second", async () => {
    await open({}, createIngest({ log: fakeLog() }) as never);
    const t = Date.now() - 10_000;
    for (let id = 1; id <= 3; id++)
      broker.send(id, topic, JSON.stringify({ v: 1, t: t + id, r: { "1-0:1.8.0": id } }));
    await broker.until(() => broker.published.length === 2);
    expect(broker.published.every(({ topic: to, retain }) => to === "live/v1/kitchen" && retain)).toBe(true);
    expect(JSON.parse(broker.published.at(-1)?.payload ?? "")).toMatchObject({ t: t + 3 });
  });

  test("takes a deleted meter off the mirror, also one of before its start", async () => {
    await open({}, createIngest({ log: fakeLog() }) as never);
    broker.send(1, topic, JSON.stringify({ v: 1, r: { "1-0:1.8.0": 1 } }));
    await broker.until(() => broker.published.length === 1);
    door!.forget("kitchen");
    door!.forget("attic");
    await broker.until(() => broker.published.length === 3);
    expect(broker.published.slice(1)).toMatchObject([
      { topic: "live/v1/kitchen", payload: "", retain: true },
      { topic: "live/v1/attic", payload: "", retain: true },
    ]);
  });

  test("is not healthy, and tries again, while the broker refuses a subscription", async () => {
    broker.grantedQos = 128;
    await open();
    await broker.until(() => broker.connects.length >= 3);
    expect(await door?.health()).toMatchObject({
      ok: false,
      detail: expect.stringContaining("not subscribed") as string,
    });
    broker.grantedQos = 1;
    await expect.poll(() => door?.health(), { timeout: 5_000 }).toEqual({ ok: true });
  });

  test("ends by acknowledging what the log still takes, and nothing after", async () => {
    await open();
    broker.send(1, topic, "1");
    await broker.until(() => taken.length === 1);
    const closed = door?.close();
    broker.send(2, topic, "2");
    await quiet();
    taken[0]?.settle();
    await closed;
    await broker.until(() => broker.pubacks.length === 1);
    expect(ids()).toEqual([1]);
    expect(taken).toHaveLength(1);
  });
});

test("waits for a broker that is not there yet, and for a session that it forgets", async () => {
  const url = await broker.listen();
  await broker.close();
  const ingest = scriptedIngest();
  door = await startClientDoor(readClientDoorConfig({ MQTT_URL: url }), { ingest, backOff });
  await expect
    .poll(() => door?.health())
    .toMatchObject({ ok: false, detail: expect.stringContaining("ECONNREFUSED") as string });
  broker = new ScriptedBroker();
  await broker.listen(Number(new URL(url).port));
  await broker.until(() => broker.filters.length === 4);
  broker.cut();
  await broker.until(() => broker.filters.length === 8);
  broker.send(0, topic, "unacknowledgeable", 0);
  broker.send(9, topic, "x");
  await broker.until(() => taken.length === 2);
  for (const { settle } of taken) settle();
  await broker.until(() => broker.pubacks.length === 1);
  expect(ids()).toEqual([9]);
});

test("connects anew behind bytes that are no MQTT, and behind a refusal that leaves the line open", async () => {
  await open();
  broker.returnCode = 3;
  broker.sendBytes(Buffer.from([0x00, 0xff, 0xff, 0xff, 0xff, 0xff]));
  await broker.until(() => broker.connects.length > 2);
  broker.returnCode = 0;
  await broker.until(() => broker.filters.length === 8);
  await expect.poll(() => door?.health()).toEqual({ ok: true });
});

test("logs in with the password that is in the file now, not with the one of its start", async () => {
  const dir = await mkdtemp(join(tmpdir(), "smp-door-"));
  const file = join(dir, "password");
  try {
    await writeFile(file, "old\n");
    await open({ SMP_MQTT_USERNAME: "bridge", SMP_MQTT_PASSWORD_FILE: file });
    await writeFile(file, "new\n");
    broker.cut();
    await broker.until(() => broker.connects.length === 2);
    expect(broker.connects.map(({ password }) => password)).toEqual(["old", "new"]);
  } finally {
    await rm(dir, { recursive: true });
  }
});

test("a retained reading without a time is no reading of now", async () => {
  const log = fakeLog();
  await open({}, createIngest({ log, batching: { intervalMs: 0 } }) as never);
  broker.send(1, topic, '{"v":1,"r":{"1-0:16.7.0":5}}', 1, true);
  broker.send(2, topic, '{"v":1,"t":1780000000000,"r":{"1-0:16.7.0":6}}', 1, true);
  broker.send(3, topic, '{"v":1,"r":{"1-0:16.7.0":7}}');
  await broker.until(() => broker.pubacks.length === 3);
  expect(log.batches.flatMap(({ readings }) => readings).map(({ r }) => r["1-0:16.7.0"])).toEqual([6, 7]);
});

test("a certificate folder without its files is named", async () => {
  const config = readClientDoorConfig({ MQTT_URL: "mqtts://localhost:1", SMP_CERT_DIR: "no-such-folder" });
  await expect(startClientDoor(config, { ingest: scriptedIngest() })).rejects.toThrow(
    /SMP_CERT_DIR: no-such-folder.ca\.crt cannot be read/,
  );
});

test("every wrong setting of the door is named", () => {
  expect(() =>
    readClientDoorConfig({ MQTT_URL: "http://x", SMP_BRIDGE_IN_FLIGHT: "0", SMP_MQTT_USERNAME: "u" }),
  ).toThrow(/MQTT_URL[\s\S]*SMP_BRIDGE_IN_FLIGHT[\s\S]*SMP_MQTT_PASSWORD_FILE/);
  expect(() => readClientDoorConfig({ MQTT_URL: "mqtt://localhost:99999" })).toThrow(
    'MQTT_URL is "mqtt://localhost:99999", but must be mqtts://host:port',
  );
});
