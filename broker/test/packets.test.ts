import { EventEmitter, once } from "node:events";
import type { TLSSocket } from "node:tls";
import { Aedes } from "aedes";
import mqttPacket from "mqtt-packet";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import type { Registry } from "../src/registry/registry.ts";
import { keepReadingsOffTheRoutes } from "../src/sessions/clients.ts";
import { CONNECT, Harness, reading, scriptedIngest } from "./harness.ts";
import { TestAuthority, type Credentials } from "./pki.ts";

// Bytes that no MQTT library sends. Whatever comes, it costs one connection and nothing else.
const authority = new TestAuthority();
let clock = 1_780_000_000_000;
const ingest = scriptedIngest(({ device }) => ({ accepted: [reading(device, clock++, { "x-a": 1 })] }));
let harness: Harness;
let meter: Credentials;

beforeAll(async () => {
  meter = authority.device("m7");
  const limits = { connectTimeoutMs: 1_000, liveIntervalMs: 0 };
  harness = await Harness.start({ ingest, limits }, {}, authority);
});
afterAll(() => harness.close());
beforeEach(() => {
  ingest.taken.length = 0;
  harness.log.lines.length = 0;
});
/** The process is alive, and others are served. */
afterEach(async () => {
  const other = await harness.connect(authority.device("m8"));
  await other.publishAsync("sm/v1/m8/reading", "{}", { qos: 1 });
  await other.endAsync();
});

/** A connection behind its CONNACK. */
async function connected(): Promise<TLSSocket> {
  const socket = await harness.socket(meter);
  socket.write(mqttPacket.generate(CONNECT));
  await once(socket, "data");
  return socket;
}

async function closes(socket: TLSSocket, bytes: Buffer | readonly number[]): Promise<void> {
  // A write that meets the broken connection is an error, and expected.
  const closed = new Promise((resolve) => socket.once("close", resolve));
  socket.write(Buffer.from(bytes));
  await closed;
}

/** A PUBLISH with QoS 1 whose topic is taken as it stands. */
function publishPacket(topic: Buffer, messageId = 1, qos = 1): Buffer {
  const body = Buffer.concat([uint16(topic.length), topic, uint16(messageId), Buffer.from("{}")]);
  return Buffer.concat([Buffer.from([0x30 | (qos << 1)]), varint(body.length), body]);
}

const uint16 = (value: number): Buffer => Buffer.from([value >> 8, value & 0xff]);

/** MQTT 3.1.1, 2.2.3: seven bits a byte, the highest bit says that more follow. */
function varint(length: number): Buffer {
  const bytes: number[] = [];
  for (let rest = length; bytes.length === 0 || rest > 0; rest >>= 7)
    bytes.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
  return Buffer.from(bytes);
}

describe("before CONNACK", () => {
  test("what a client sends behind its CONNECT waits until its certificate was looked up, and is taken", async () => {
    const known = { id: "m7", role: "device", revoked: false } as const;
    let isKnown = false;
    const lookUp = new EventEmitter();
    const registry: Registry = {
      find: () => (isKnown ? known : undefined),
      async readOn() {
        lookUp.emit("asked");
        await once(lookUp, "done");
        isKnown = true;
      },
      onChange: () => () => undefined,
      newest: () => [],
    };
    const slow = await Harness.start({ ingest, registry }, {}, authority);
    onTestFinished(() => slow.close(false));
    const socket = await slow.socket(meter);
    socket.write(mqttPacket.generate(CONNECT));
    await once(lookUp, "asked");
    socket.write(publishPacket(Buffer.from("sm/v1/m7/reading")));
    // By the time that another client's handshake is done the broker has these bytes.
    await slow.socket(meter);
    lookUp.emit("done");
    let answer = "";
    for await (const chunk of socket) {
      answer += (chunk as Buffer).toString("hex");
      if (answer.length >= 16) break;
    }
    expect(answer).toBe("2002000040020001");
  });

  test("N34: a CONNECT that comes a byte at a time is broken off", async () => {
    const socket = await harness.socket(meter);
    const bytes = mqttPacket.generate(CONNECT);
    let sent = 0;
    const timer = setInterval(() => {
      if (sent < bytes.length - 1) socket.write(bytes.subarray(sent, ++sent));
    }, 100);
    // As in `closes`: a byte may meet the broken connection.
    await new Promise((resolve) => socket.once("close", resolve));
    clearInterval(timer);
    expect((await harness.log.line("connect-timeout")).msg).toContain("did not arrive in time");
  });

  test("N36: a CONNECT with a will of 64 kB is refused by its header", async () => {
    const will = { topic: "sm/v1/m7/status", payload: Buffer.alloc(65_000), qos: 1, retain: true } as const;
    await closes(await harness.socket(meter), mqttPacket.generate({ ...CONNECT, will }));
    expect((await harness.log.line("protocol")).msg).toContain("at most 4096");
  });

  test.each([
    ["a reserved flag in its fixed header", (bytes: Buffer) => bytes.writeUInt8(0x11, 0)],
    ["the reserved connect flag", (bytes: Buffer) => bytes.writeUInt8(0x03, 9)],
    ["a protocol of another name", (bytes: Buffer) => bytes.write("MQXX", 4)],
  ])("N37: a CONNECT with %s is refused", async (_, damage) => {
    const bytes = mqttPacket.generate(CONNECT);
    damage(bytes);
    await closes(await harness.socket(meter), bytes);
    expect((await harness.log.line("protocol")).msg).toContain("was disconnected");
  });
});

describe("a packet that only a server sends", () => {
  test.each([
    ["CONNACK", [0x20, 0x02, 0x00, 0x00]],
    ["SUBACK", [0x90, 0x03, 0x00, 0x01, 0x00]],
    ["UNSUBACK", [0xb0, 0x02, 0x00, 0x01]],
    ["PINGRESP", [0xd0, 0x00]],
  ])("N37: %s ends the connection of the client that sends it", async (_, bytes) => {
    await closes(await connected(), bytes);
  });

  test("N37: a SUBSCRIBE with reserved flags ends the connection", async () => {
    await closes(await connected(), [0x80, 0x06, 0x00, 0x01, 0x00, 0x01, 0x61, 0x00]);
    expect((await harness.log.line("protocol")).msg).toContain("m7");
  });
});

describe("a topic", () => {
  test.each([
    ["with a plus", Buffer.from("sm/v1/+/reading")],
    ["with a hash", Buffer.from("sm/v1/m7/#")],
    ["that is empty", Buffer.alloc(0)],
    ["of 101 levels", Buffer.from(`sm/v1/m7/raw${"/a".repeat(97)}`)],
    ["of 65,535 bytes", Buffer.alloc(65_535, "a")],
    ["that is no UTF-8", Buffer.from([...Buffer.from("sm/v1/m7/reading"), 0xc3, 0x28])],
    ["with a zero byte", Buffer.from("sm/v1/m7/raw/a\0b")],
    ["named like a prototype", Buffer.from("__proto__")],
  ])("N39: %s ends the connection, and nothing is taken from it", async (_, topic) => {
    await closes(await connected(), publishPacket(topic));
    expect(ingest.taken).toEqual([]);
    expect(harness.log.lines.some(({ reason }) => reason === "protocol" || reason === "publish-topic")).toBe(
      true,
    );
  });
});

describe("a publish", () => {
  test("is acknowledged in the order of the messages, whoever writes the PUBACK", async () => {
    const socket = await connected();
    const topics = ["reading", "reading", "status", "reading", "info", "raw/a"];
    const packets = topics.map((topic, index) => publishPacket(Buffer.from(`sm/v1/m7/${topic}`), index + 1));
    socket.write(Buffer.concat(packets));
    let answer = Buffer.alloc(0);
    while (answer.length < 4 * topics.length)
      answer = Buffer.concat([answer, ...((await once(socket, "data")) as [Buffer])]);
    expect(answer).toEqual(Buffer.from(topics.flatMap((_, index) => [0x40, 2, 0, index + 1])));
    socket.destroy();
  });

  test("N41: of a reading is not retained, though it asks for that", async () => {
    const broker = await Aedes.createBroker();
    keepReadingsOffTheRoutes(broker, { isRouted: () => false });
    const packet = {
      cmd: "publish",
      topic: "sm/v1/m7/reading",
      payload: "{}",
      qos: 1,
      retain: true,
      dup: false,
    } as const;
    const publish = broker.publish.bind(broker) as (...facts: unknown[]) => void;
    await new Promise<void>((resolve) => publish(packet, {}, () => resolve()));
    const kept = broker as unknown as {
      persistence: { createRetainedStream(filter: string): AsyncIterable<unknown> };
    };
    for await (const retained of kept.persistence.createRetainedStream("#")) expect(retained).toBeUndefined();
    await new Promise<void>((resolve) => broker.close(resolve));
    const client = await harness.connect(meter);
    await client.publishAsync("sm/v1/m7/reading", "{}", { qos: 1, retain: true });
    expect(ingest.taken).toHaveLength(1);
    await client.endAsync();
  });

  test("N44: with QoS 3 ends the connection", async () => {
    await closes(await connected(), publishPacket(Buffer.from("sm/v1/m7/reading"), 1, 3));
    expect(ingest.taken).toEqual([]);
  });

  test("N45: with QoS 2, a thousand times without PUBREL, ends the connection at the first", async () => {
    const all = Array.from({ length: 1_001 }, (_, index) =>
      publishPacket(Buffer.from("sm/v1/m7/reading"), index + 1, 2),
    );
    await closes(await connected(), Buffer.concat(all));
    expect((await harness.log.line("publish-qos")).msg).toContain("use QoS 1");
    expect(ingest.taken).toEqual([]);
  });
});

describe("subscriptions", () => {
  test("N50: 50,000 filters in one SUBSCRIBE end the connection by its header", async () => {
    const subscriptions = Array.from({ length: 50_000 }, (_, index) => ({
      topic: `a/${index}`,
      qos: 0 as const,
    }));
    const bytes = mqttPacket.generate({ cmd: "subscribe", messageId: 1, subscriptions });
    await closes(await connected(), bytes.subarray(0, 10));
    expect((await harness.log.line("protocol")).msg).toContain("at most 65536");
  });

  test("N50: as many as fit into a packet are refused one by one", async () => {
    const subscriptions = Array.from({ length: 6_000 }, (_, index) => ({
      topic: `a/${index}`,
      qos: 0 as const,
    }));
    const socket = await connected();
    socket.write(mqttPacket.generate({ cmd: "subscribe", messageId: 1, subscriptions }));
    const [answer] = (await once(socket, "data")) as [Buffer];
    expect(answer[0]).toBe(0x90);
    expect(answer.subarray(5).every((code) => code === 0x80)).toBe(true);
    socket.destroy();
  });

  test("N53: that come and go thousands of times while messages flow leave nothing behind", async () => {
    const device = await harness.connect(meter);
    const tap = await harness.connect(authority.consumer("tap"));
    let seen = 0;
    tap.on("message", () => seen++);
    const rounds = 1_000;
    let published = 0;
    const publishing = (async () => {
      for (; published < rounds; published++) await device.publishAsync("sm/v1/m7/reading", "{}", { qos: 1 });
    })();
    for (let batch = 0; batch < rounds / 50; batch++)
      await Promise.all(
        Array.from({ length: 50 }, async () => {
          await tap.subscribeAsync("live/v1/#");
          await tap.unsubscribeAsync("live/v1/#");
        }),
      );
    await publishing;
    expect([published, device.connected, tap.connected]).toEqual([rounds, true, true]);
    // Nobody is subscribed any more, so nothing is shown.
    seen = 0;
    await device.publishAsync("sm/v1/m7/reading", "{}", { qos: 1 });
    await tap.subscribeAsync("live/v1/m7");
    await expect.poll(() => seen).toBe(1);
    await device.endAsync();
    await tap.endAsync();
  });
});
