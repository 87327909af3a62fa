import { once } from "node:events";
import mqttPacket from "mqtt-packet";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Harness, reading, scriptedIngest } from "./harness.ts";
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
  const limits = { connectTimeoutMs: 1_000, drainTimeoutMs: 4_000, liveIntervalMs: 0, logAwayMs: 50 };
  harness = await Harness.start({ ingest, limits }, {}, authority);
});
afterAll(() => harness.close());
beforeEach(() => {
  ingest.ready = true;
  ingest.taken.length = 0;
  harness.log.lines.length = 0;
});

const connectPacket = (clientId: string): Buffer =>
  mqttPacket.generate({
    cmd: "connect",
    protocolId: "MQTT",
    protocolVersion: 4,
    clean: true,
    clientId,
    keepalive: 60,
  });

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

describe("a frozen subscriber", () => {
  test("N52: is disconnected, and meanwhile holds up nobody", async () => {
    const frozen = await harness.socket(authority.consumer("frozen"));
    frozen.write(connectPacket("frozen"));
    await once(frozen, "data");
    frozen.write(
      mqttPacket.generate({
        cmd: "subscribe",
        messageId: 1,
        subscriptions: [{ topic: "live/v1/#", qos: 0 }],
      }),
    );
    await once(frozen, "data");
    frozen.pause();
    const tap = await harness.connect(authority.consumer("tap"));
    let seen = 0;
    let last = Number.NaN;
    const gaps: number[] = [];
    tap.on("message", () => {
      seen++;
      const now = performance.now();
      if (seen > 1) gaps.push(now - last);
      last = now;
    });
    await tap.subscribeAsync("live/v1/#");
    const device = await harness.connect(meter);
    const wait: number[] = [];
    const isOut = (): boolean => harness.log.lines.some(({ reason }) => reason === "frozen-subscriber");
    for (let round = 0; round < 2_000 && !isOut(); round++) {
      const began = performance.now();
      await Promise.all(
        Array.from({ length: 200 }, () => device.publishAsync("sm/v1/m7/reading", "{}", { qos: 1 })),
      );
      wait.push(performance.now() - began);
    }
    expect((await harness.log.line("frozen-subscriber")).msg).toContain("consumer:frozen");
    expect(Math.max(...wait)).toBeLessThan(3_500);
    expect(Math.max(...gaps, performance.now() - last)).toBeLessThan(3_500);
    expect(seen).toBeGreaterThan(1_000);
    await device.endAsync();
    await tap.endAsync();
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
