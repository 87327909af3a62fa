import { once } from "node:events";
import type { TLSSocket } from "node:tls";
import type { MqttClient } from "mqtt";
import mqttPacket from "mqtt-packet";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { CONNECT, Harness, reading, scriptedIngest } from "./harness.ts";
import { TestAuthority, type Credentials } from "./pki.ts";

const authority = new TestAuthority();
let clock = 1_780_000_000_000;
/** Live messages of 2 kB fill the buffers of a frozen subscriber soon. */
const registers = Object.fromEntries(
  Array.from({ length: 60 }, (_, index) => [`x-${"register".repeat(3)}${index}`, 1]),
);
/** Every message becomes a new reading of its device. */
const ingest = scriptedIngest(({ device }) => ({
  accepted: [reading(device, clock++, registers)],
}));
let harness: Harness;
let meter: Credentials;

beforeAll(async () => {
  meter = authority.device("m7");
  const limits = { connectTimeoutMs: 1_000, drainTimeoutMs: 60_000, liveIntervalMs: 0, logAwayMs: 50 };
  harness = await Harness.start({ ingest, limits }, {}, authority);
});
afterAll(() => harness.close());
beforeEach(() => {
  ingest.ready = true;
  ingest.taken.length = 0;
  harness.log.lines.length = 0;
});

const connectPacket = (clientId: string): Buffer => mqttPacket.generate({ ...CONNECT, clientId });

describe("a packet", () => {
  test("N42: that announces 256 MB is refused by its header, before its bytes are buffered", async () => {
    const socket = await harness.socket(meter);
    socket.write(connectPacket("m7"));
    await once(socket, "data");
    socket.write(Buffer.from([0x32, 0xff, 0xff, 0xff, 0x7f]));
    await once(socket, "close");
    expect((await harness.log.line("protocol")).msg).toContain("268435455 bytes announced, at most 65536");
  });

  test("N30: of 60 kB before CONNECT is refused by its header", async () => {
    const socket = await harness.socket(meter);
    socket.write(Buffer.from([0x10, 0xe0, 0xd4, 0x03]));
    await once(socket, "close");
    expect((await harness.log.line("protocol")).msg).toContain("at most 4096");
  });

  test("of more than the contract's 16 KiB still reaches the ingest, which rejects it", async () => {
    const client = await harness.connect(meter);
    await client.publishAsync("sm/v1/m7/reading", Buffer.alloc(20_000, 0x20), { qos: 1 });
    expect(ingest.at(0).message.payload).toHaveLength(20_000);
    await client.endAsync();
  });

  test.each([
    ["N31: PUBLISH before CONNECT", [0x32, 0x02, 0x00, 0x00]],
    ["N43: a length of five bytes", [0x10, 0xff, 0xff, 0xff, 0xff, 0x01]],
    ["N44: QoS 3 before CONNECT", [0x36, 0x02, 0x00, 0x00]],
  ])("%s ends the connection", async (_, bytes) => {
    const socket = await harness.socket(meter);
    socket.write(Buffer.from(bytes));
    await once(socket, "close");
    expect(harness.log.lines.some(({ reason }) => reason === "protocol")).toBe(true);
  });

  test("N32: with a second CONNECT ends the connection", async () => {
    const socket = await harness.socket(meter);
    socket.write(connectPacket("m7"));
    await once(socket, "data");
    socket.write(connectPacket("m7"));
    await once(socket, "close");
    expect((await harness.log.line("protocol")).msg).toContain("Invalid protocol");
  });
});

describe("a client", () => {
  test("N33: that sends no CONNECT is disconnected", async () => {
    const socket = await harness.socket(meter);
    await once(socket, "close");
    expect((await harness.log.line("connect-timeout")).msg).toContain("did not arrive in time");
  });

  test("beyond the connections of one address is turned away", async () => {
    const small = await Harness.start(
      { ingest, limits: { connectionsPerAddressMax: 3 } },
      {},
      new TestAuthority(),
    );
    const device = small.authority.device("m7");
    for (let index = 0; index < 3; index++) await small.socket(device);
    await expect(small.socket(device)).rejects.toThrow();
    expect((await small.log.line("connections-address")).msg).toContain(
      "SMP_MQTT_CONNECTIONS_PER_ADDRESS_MAX",
    );
    await small.close();
  });

  test("is sent away with code 3 while the log is away for long, but a tap may come", async () => {
    ingest.ready = false;
    await expect.poll(() => harness.broker.health().ok).toBe(false);
    expect(harness.broker.health().detail).toContain("devices are not answered");
    await expect.poll(() => harness.refused(meter).catch(() => "let in"), { timeout: 5_000 }).toBe(3);
    const tap = await harness.connect(authority.consumer("tap"));
    await tap.endAsync();
    ingest.ready = true;
    const device = await harness.connect(meter);
    await device.endAsync();
  });
});

/** A bare connection of a consumer that is subscribed to everything live. */
async function rawTap(at: Harness, id: string): Promise<TLSSocket> {
  const socket = await at.socket(at.authority.consumer(id));
  socket.write(connectPacket(id));
  await once(socket, "data");
  const subscriptions = [{ topic: "live/v1/#", qos: 0 as const }];
  socket.write(mqttPacket.generate({ cmd: "subscribe", messageId: 1, subscriptions }));
  await once(socket, "data");
  return socket;
}

async function publishMany(device: MqttClient, messages: number): Promise<void> {
  for (let done = 0; done < messages; done += 200)
    await Promise.all(
      Array.from({ length: 200 }, () => device.publishAsync("sm/v1/m7/reading", "{}", { qos: 1 })),
    );
}

/** Some 12 MB: far more than the buffers between the broker and a subscriber that does not read. */
const MANY = 6_000;

describe("a subscriber that does not keep up", () => {
  // Nobody is cut here within the test's time: if anybody were held up, the test would never end.
  test("N52: holds up nobody when it is frozen", async () => {
    const frozen = await rawTap(harness, "frozen");
    frozen.pause();
    const tap = await harness.connect(authority.consumer("tap"));
    let seen = 0;
    tap.on("message", () => seen++);
    await tap.subscribeAsync("live/v1/#");
    const device = await harness.connect(meter);
    await publishMany(device, MANY);
    expect(seen).toBeGreaterThan(1_000);
    expect(frozen.closed).toBe(false);
    frozen.destroy();
    await device.endAsync();
    await tap.endAsync();
  });

  test("gets what it can take when it is slow, and holds up nobody", async () => {
    const slow = await rawTap(harness, "slow");
    let taken = 0;
    slow.on("data", (chunk: Buffer) => {
      taken += chunk.length;
      slow.pause();
      setTimeout(() => slow.resume(), 20);
    });
    const device = await harness.connect(meter);
    await publishMany(device, MANY);
    expect(slow.closed).toBe(false);
    expect(taken).toBeGreaterThan(0);
    expect(taken).toBeLessThan(MANY * JSON.stringify(registers).length);
    slow.destroy();
    await device.endAsync();
  });

  test("N52: is cut when it takes nothing for too long", async () => {
    const strict = await Harness.start(
      { ingest, limits: { drainTimeoutMs: 300, liveIntervalMs: 0 } },
      {},
      authority,
    );
    const frozen = await rawTap(strict, "frozen");
    frozen.pause();
    const device = await strict.connect(meter);
    const isOut = (): boolean => strict.log.lines.some(({ reason }) => reason === "frozen-subscriber");
    while (!isOut()) await publishMany(device, 200);
    expect((await strict.log.line("frozen-subscriber")).msg).toContain("consumer:frozen");
    await device.endAsync();
    await strict.close(false);
  });
});

describe("presence", () => {
  test("of a device that vanishes is told by its will", async () => {
    const will = { topic: "sm/v1/m7/status", payload: Buffer.from("offline"), qos: 1, retain: true } as const;
    const device = await harness.connect(meter, { will });
    await device.publishAsync("sm/v1/m7/status", "online", { qos: 1, retain: true });
    const service = await harness.connect(
      authority.leaf({ san: "URI:urn:smp:service:home", commonName: "home" }),
    );
    const told: string[] = [];
    service.on("message", (_topic, payload) => told.push(payload.toString()));
    await service.subscribeAsync("sm/v1/+/status", { qos: 1 });
    await expect.poll(() => told).toEqual(["online"]);
    device.stream.destroy();
    await expect.poll(() => told).toEqual(["online", "offline"]);
    expect(ingest.taken.map(({ message }) => Buffer.from(message.payload).toString())).toEqual([
      "online",
      "offline",
    ]);
    await service.endAsync();
  });

  test("of a Shelly is a will below its own raw/: its input gets it, and nothing is retained", async () => {
    ingest.answer = () => ({});
    const will = {
      topic: "sm/v1/m7/raw/online",
      payload: Buffer.from("false"),
      qos: 1,
      retain: true,
    } as const;
    const device = await harness.connect(meter, { will });
    const taken = ingest.taken.length;
    device.stream.destroy();
    await expect
      .poll(() => ingest.taken.slice(taken).map(({ message }) => message.topic))
      .toEqual([will.topic]);
    await device.endAsync(true);
  });
});

describe("a status that the ingest rejects", () => {
  test("is shown to nobody", async () => {
    const [topic, why] = [
      "sm/v1/m9/status",
      { code: "schema", detail: "", received: 0, payload: "" },
    ] as const;
    ingest.answer = ({ payload }) =>
      payload.length > 0 ? {} : { rejected: [{ device: "m9", topic, ...why }] };
    const home = authority.leaf({ san: "URI:urn:smp:service:home", commonName: "home" });
    const service = await harness.connect(home);
    const told: string[] = [];
    service.on("message", (of, payload) => of === topic && told.push(payload.toString()));
    await service.subscribeAsync("sm/v1/+/status", { qos: 1 });
    const device = await harness.connect(authority.device("m9"));
    for (const payload of ["", "online"]) await device.publishAsync(topic, payload, { qos: 1 });
    await expect.poll(() => told).toEqual(["online"]);
    await device.endAsync();
    await service.endAsync();
  });
});

describe("closing", () => {
  test("hands the wills of connected devices to the ingest before it is done", async () => {
    const own = scriptedIngest();
    const other = await Harness.start({ ingest: own }, {}, new TestAuthority());
    const will = { topic: "sm/v1/m7/status", payload: Buffer.from("offline"), qos: 1, retain: true } as const;
    await other.connect(other.authority.device("m7"), { will });
    const closing = other.broker.close();
    await own.count(1);
    expect(await Promise.race([closing, Promise.resolve("waits")])).toBe("waits");
    own.at(0).accept();
    await closing;
    expect(Buffer.from(own.at(0).message.payload).toString()).toBe("offline");
    other.authority.remove();
  });

  test("frees the port at once, and a taken port is a clear error", async () => {
    const port = harness.broker.port;
    await expect(Harness.start({ ingest }, { port }, authority)).rejects.toThrow(
      `port ${port} is taken: stop what uses it, or set SMP_MQTT_PORT`,
    );
  });
});
