import { once } from "node:events";
import type { MqttClient } from "mqtt";
import mqttPacket from "mqtt-packet";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { CONNECT, Harness, next, reading, scriptedIngest, type ScriptedIngest } from "./harness.ts";
import { TestAuthority, type Credentials } from "./pki.ts";

/**
 * The scenarios of the Eclipse Paho interoperability suite for MQTT 3.1.1, written anew for a broker with closed topics
 * and mutual TLS. What does not apply, and why: docs/operate/mqtt-conformance.md.
 */
const authority = new TestAuthority();
let ingest: ScriptedIngest;
let harness: Harness;
let meter: Credentials;
let other: Credentials;
let service: Credentials;

beforeAll(() => {
  meter = authority.device("m7");
  other = authority.device("m8");
  service = authority.leaf({ san: "URI:urn:smp:service:home", commonName: "home" });
});
afterAll(() => authority.remove());
beforeEach(async () => {
  ingest = scriptedIngest(() => ({}));
  harness = await Harness.start({ ingest }, {}, authority);
});
afterEach(() => harness.close(false));

interface Seen {
  topic: string;
  payload: string;
  qos: number;
  retain: boolean;
}

/** A subscriber, and what it has been sent. */
async function subscriber(
  filters: Record<string, { qos: 0 | 1 | 2 }>,
): Promise<{ client: MqttClient; seen: Seen[] }> {
  const client = await harness.connect(service);
  const seen: Seen[] = [];
  client.on("message", (topic, payload, { qos, retain }) =>
    seen.push({ topic, payload: payload.toString(), qos, retain }),
  );
  if (Object.keys(filters).length > 0) await client.subscribeAsync(filters);
  return { client, seen };
}

const connack = async (client: MqttClient): Promise<{ sessionPresent: boolean; returnCode: number }> => {
  const [packet] = await next(client, "connect");
  return packet as { sessionPresent: boolean; returnCode: number };
};

/** What the broker answers to these bytes behind a CONNECT: a packet's first byte, or "closed". */
async function answerTo(bytes: Buffer, connectFirst: boolean): Promise<number | "closed"> {
  const socket = await harness.socket(meter);
  if (connectFirst) {
    socket.write(mqttPacket.generate(CONNECT));
    await once(socket, "data");
  }
  const closed = new Promise<"closed">((resolve) => socket.once("close", () => resolve("closed")));
  const data = new Promise<number>((resolve) =>
    socket.once("data", (chunk: Buffer) => resolve(chunk[0] ?? 0)),
  );
  socket.write(bytes);
  return Promise.race([closed, data]);
}

test("Paho testBasic: connect, disconnect, connect anew; a message of each QoS arrives", async () => {
  const first = await harness.connect(meter, { clientId: "m7" });
  await first.endAsync();
  const device = harness.open(meter, { clientId: "m7" });
  expect(await connack(device)).toMatchObject({ sessionPresent: false, returnCode: 0 });
  const { client, seen } = await subscriber({ "sm/v1/m7/status": { qos: 2 } });
  await device.publishAsync("sm/v1/m7/status", "qos 0", { qos: 0 });
  await device.publishAsync("sm/v1/m7/status", "qos 1", { qos: 1 });
  await expect
    .poll(() => seen.map(({ payload, qos }) => [payload, qos]))
    .toEqual([
      ["qos 0", 0],
      ["qos 1", 1],
    ]);
  await device.endAsync();
  await client.endAsync();
});

test("Paho testBasic: a second CONNECT on a connection, and a wrong protocol name, end it", async () => {
  expect(await answerTo(mqttPacket.generate(CONNECT), true)).toBe("closed");
  const wrong = mqttPacket.generate(CONNECT);
  wrong.write("hj", 4);
  expect(await answerTo(wrong, false)).toBe("closed");
});

test("Paho test_retained_messages: a later subscriber gets what was retained, until it is cleared", async () => {
  const device = await harness.connect(meter, { clientId: "m7" });
  await device.publishAsync("sm/v1/m7/status", "online", { qos: 0, retain: true });
  await device.publishAsync("sm/v1/m7/info", "{}", { qos: 1, retain: true });
  await ingest.count(2);
  const before = await subscriber({
    "sm/v1/+/status": { qos: 1 },
    "sm/v1/+/info": { qos: 1 },
  });
  await expect
    .poll(() => before.seen.map(({ topic, retain }) => `${topic} ${retain}`).toSorted())
    .toEqual(["sm/v1/m7/info true", "sm/v1/m7/status true"]);
  await device.publishAsync("sm/v1/m7/status", "", { qos: 0, retain: true });
  await device.publishAsync("sm/v1/m7/info", "", { qos: 1, retain: true });
  // To those who are there already it comes without the flag (MQTT 3.1.1, 3.3.1.3).
  await expect
    .poll(() => before.seen.slice(2).map(({ payload, retain }) => [payload, retain]))
    .toEqual([
      ["", false],
      ["", false],
    ]);
  const after = await subscriber({ "sm/v1/+/status": { qos: 1 }, "sm/v1/+/info": { qos: 1 } });
  await device.publishAsync("sm/v1/m7/status", "later", { qos: 1 });
  await expect.poll(() => after.seen.map(({ payload }) => payload)).toEqual(["later"]);
  for (const client of [device, before.client, after.client]) await client.endAsync();
});

test("Paho will_message_test: the will is sent when the line drops, and not after DISCONNECT", async () => {
  const will = { topic: "sm/v1/m7/status", payload: Buffer.from("offline"), qos: 1, retain: false } as const;
  const { client, seen } = await subscriber({ "sm/v1/m7/status": { qos: 2 } });
  const polite = await harness.connect(meter, { clientId: "m7", will });
  await polite.endAsync();
  const device = await harness.connect(meter, { clientId: "m7", will, keepalive: 2 });
  device.stream.destroy();
  await expect.poll(() => seen.map(({ payload }) => payload)).toEqual(["offline"]);
  expect(ingest.taken).toHaveLength(1);
  await client.endAsync();
});

test("Paho test_zero_length_clientid: is refused for a lasting session, and taken for a clean one", async () => {
  const socket = await harness.socket(meter);
  socket.write(mqttPacket.generate({ ...CONNECT, clientId: "", clean: true }));
  const [taken] = (await once(socket, "data")) as [Buffer];
  // No MQTT library sends this: the flag "clean session" is taken out by hand.
  const lasting = mqttPacket.generate({ ...CONNECT, clientId: "", clean: true });
  lasting.writeUInt8(0, 9);
  const second = await harness.socket(meter);
  second.write(lasting);
  const [refused] = (await once(second, "data")) as [Buffer];
  expect([taken[3], refused[3]]).toEqual([0, 2]);
  const client = await harness.connect(meter, { clientId: "", clean: true });
  await client.endAsync();
});

test("Paho test_overlapping_subscriptions: one message for all of them, or one for each", async () => {
  ingest.answer = ({ device }) => ({ accepted: [reading(device, 1, { "x-a": 1 })] });
  const { client, seen } = await subscriber({ "live/v1/#": { qos: 1 }, "live/v1/+": { qos: 0 } });
  const device = await harness.connect(meter, { clientId: "m7" });
  await device.publishAsync("sm/v1/m7/reading", "{}", { qos: 1 });
  const last = await harness.connect(other, { clientId: "m8" });
  await last.publishAsync("sm/v1/m8/reading", "{}", { qos: 1 });
  await expect.poll(() => seen.at(-1)?.topic).toBe("live/v1/m8");
  const copies = seen.filter(({ topic }) => topic === "live/v1/m7");
  expect([1, 2]).toContain(copies.length);
  for (const one of [client, device, last]) await one.endAsync();
});

test("Paho test_keepalive: who is silent for 1.5 keepalives is disconnected, and its will is sent", async () => {
  const { client, seen } = await subscriber({ "sm/v1/m7/status": { qos: 2 } });
  const silent = await harness.socket(meter);
  const will = {
    topic: "sm/v1/m7/status",
    payload: Buffer.from("keepalive expiry"),
    qos: 1,
    retain: false,
  } as const;
  silent.write(mqttPacket.generate({ ...CONNECT, keepalive: 1, will }));
  await once(silent, "data");
  const began = performance.now();
  await once(silent, "close");
  expect(performance.now() - began).toBeGreaterThan(1_400);
  expect((await harness.log.line("keepalive-timeout")).msg).toContain("m7");
  await expect.poll(() => seen.map(({ payload }) => payload)).toEqual(["keepalive expiry"]);
  await client.endAsync();
});

test("Paho test_redelivery_on_reconnect: a message without PUBACK is taken again, and acknowledged then", async () => {
  ingest.answer = undefined;
  const publish = (dup: boolean): Buffer =>
    mqttPacket.generate({
      cmd: "publish",
      topic: "sm/v1/m7/reading",
      payload: "{}",
      qos: 1,
      messageId: 7,
      dup,
      retain: false,
    });
  const lost = await harness.socket(meter);
  lost.write(Buffer.concat([mqttPacket.generate(CONNECT), publish(false)]));
  await ingest.count(1);
  lost.destroy();
  const again = await harness.socket(meter);
  again.write(mqttPacket.generate(CONNECT));
  await once(again, "data");
  again.write(publish(true));
  await ingest.count(2);
  ingest.at(1).accept();
  const [puback] = (await once(again, "data")) as [Buffer];
  expect([...puback]).toEqual([0x40, 0x02, 0x00, 0x07]);
  ingest.at(0).accept();
  again.destroy();
});

test("Paho test_subscribe_failure: a filter that is not allowed is answered with 0x80", async () => {
  const client = await harness.connect(service);
  const granted: number[] = [];
  client.on("packetreceive", (packet) => {
    if (packet.cmd === "suback") granted.push(...(packet.granted as number[]));
  });
  await client.subscribeAsync(["nosubscribe", "sm/v1/+/status"]).catch(() => undefined);
  expect(granted).toEqual([0x80, 0]);
  await client.endAsync();
});

test("Paho test_dollar_topics: a publish to a topic with $ reaches no wildcard, and ends the connection", async () => {
  const { client, seen } = await subscriber({ "sm/v1/+/status": { qos: 1 } });
  const device = await harness.connect(meter, { clientId: "m7" });
  const closed = next(device, "close");
  device.publish("$sm/v1/m7/status", "online", { qos: 1 });
  await closed;
  const second = await harness.connect(other, { clientId: "m8" });
  await second.publishAsync("sm/v1/m8/status", "online", { qos: 1 });
  await expect.poll(() => seen.map(({ topic }) => topic)).toEqual(["sm/v1/m8/status"]);
  await second.endAsync();
  await client.endAsync();
});

test("Paho test_unsubscribe: nothing comes of the filter that was left, and all of the others", async () => {
  const filters = ["sm/v1/m7/status", "sm/v1/m8/status", "sm/v1/m8/info"];
  const { client, seen } = await subscriber(
    Object.fromEntries(filters.map((filter) => [filter, { qos: 1 }])),
  );
  await client.unsubscribeAsync("sm/v1/m7/status");
  const [first, second] = [
    await harness.connect(meter, { clientId: "m7" }),
    await harness.connect(other, { clientId: "m8" }),
  ];
  await first.publishAsync("sm/v1/m7/status", "", { qos: 1 });
  await second.publishAsync("sm/v1/m8/status", "", { qos: 1 });
  await second.publishAsync("sm/v1/m8/info", "", { qos: 1 });
  await expect.poll(() => seen.map(({ topic }) => topic)).toEqual(["sm/v1/m8/status", "sm/v1/m8/info"]);
  for (const one of [client, first, second]) await one.endAsync();
});
