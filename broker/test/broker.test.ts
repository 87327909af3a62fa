import { execFile, execFileSync } from "node:child_process";
import { promisify } from "node:util";
import type { MqttClient } from "mqtt";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Harness, next, reading, scriptedIngest, type ScriptedIngest } from "./harness.ts";
import { TestAuthority, type Credentials } from "./pki.ts";

const T = 1_780_000_000_000;

let ingest: ScriptedIngest;
let harness: Harness;
let meter: Credentials;
let other: Credentials;
let tap: Credentials;

beforeAll(async () => {
  ingest = scriptedIngest();
  harness = await Harness.start({ ingest }, {}, new TestAuthority());
  meter = harness.authority.device("m7");
  other = harness.authority.device("m8");
  tap = harness.authority.consumer("tap");
});
afterAll(() => harness.close());
beforeEach(() => {
  ingest.taken.length = 0;
  harness.log.lines.length = 0;
});

/** Publishes and tells whether it was acknowledged before the connection closed. */
function publish(
  client: MqttClient,
  topic: string,
  payload = "{}",
  qos: 0 | 1 | 2 = 1,
): Promise<"acknowledged" | "closed"> {
  return new Promise((resolve) => {
    client.once("close", () => resolve("closed"));
    client.publish(topic, payload, { qos }, (error) => resolve(error ? "closed" : "acknowledged"));
  });
}

describe("PUBACK", () => {
  test("goes out only after the ingest resolved", async () => {
    const client = await harness.connect(meter);
    let acknowledged = false;
    const done = publish(client, "sm/v1/m7/reading", '{"v":1}').then((outcome) => {
      acknowledged = true;
      return outcome;
    });
    await ingest.count(1);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(acknowledged).toBe(false);
    const { message, accept } = ingest.at(0);
    expect(message).toMatchObject({ device: "m7", topic: "sm/v1/m7/reading" });
    expect(Buffer.from(message.payload).toString()).toBe('{"v":1}');
    expect(Math.abs(message.received - Date.now())).toBeLessThan(5_000);
    accept();
    expect(await done).toBe("acknowledged");
    await client.endAsync();
  });

  test("goes out for each message in the order of its arrival", async () => {
    const client = await harness.connect(meter);
    const order: number[] = [];
    client.on("packetreceive", (packet) => {
      if (packet.cmd === "puback") order.push(packet.messageId ?? 0);
    });
    const sent: number[] = [];
    client.on("packetsend", (packet) => {
      if (packet.cmd === "publish") sent.push(packet.messageId ?? 0);
    });
    const all = Array.from({ length: 50 }, (_, index) =>
      publish(client, "sm/v1/m7/reading", `{"s":${index}}`),
    );
    await ingest.count(50);
    expect(ingest.taken.map(({ message }) => Buffer.from(message.payload).toString())).toEqual(
      Array.from({ length: 50 }, (_, index) => `{"s":${index}}`),
    );
    for (const { accept } of ingest.taken) accept();
    expect(new Set(await Promise.all(all))).toEqual(new Set(["acknowledged"]));
    expect(order).toEqual(sent);
    await client.endAsync();
  });

  test("never goes out when the log failed, and the message is taken again on the next connection", async () => {
    const client = await harness.connect(meter);
    const outcome = publish(client, "sm/v1/m7/reading", '{"s":1}');
    await ingest.count(1);
    ingest.at(0).fail(new Error("disk full"));
    expect(await outcome).toBe("closed");
    expect((await harness.log.line("log-away")).msg).toContain("disk full");
    const again = await harness.connect(meter);
    const second = publish(again, "sm/v1/m7/reading", '{"s":1}');
    await ingest.count(2);
    ingest.at(1).accept();
    expect(await second).toBe("acknowledged");
    await again.endAsync();
  });

  test("for a client that is gone costs nobody anything", async () => {
    const client = await harness.connect(meter);
    void publish(client, "sm/v1/m7/reading");
    await ingest.count(1);
    client.end(true);
    await next(client, "close");
    ingest.at(0).accept();
    const another = await harness.connect(other);
    const outcome = publish(another, "sm/v1/m8/reading");
    await ingest.count(2);
    ingest.at(1).accept();
    expect(await outcome).toBe("acknowledged");
    await another.endAsync();
  });

  test("is not needed by a client that publishes with QoS 0", async () => {
    const client = await harness.connect(meter);
    client.publish("sm/v1/m7/reading", "{}", { qos: 0 });
    await ingest.count(1);
    expect(ingest.at(0).message.device).toBe("m7");
    ingest.at(0).accept();
    await client.endAsync();
  });
});

describe("a device", () => {
  test.each([
    ["N38: the topic of another device", "sm/v1/m8/reading", "publish-foreign"],
    ["its own error topic", "sm/v1/m7/error", "publish-topic"],
    ["its own command topic", "sm/v1/m7/cmd/reboot", "publish-topic"],
    ["a live topic", "live/v1/m7", "publish-topic"],
    ["N40: a system topic", "$SYS/broker/clients", "publish-topic"],
    ["a topic outside the contract", "hello", "publish-topic"],
    ["N39: a topic with an empty level", "sm/v1/m7/reading/", "publish-topic"],
    ["N39: too many levels", `sm/v1/m7/raw/${"a/".repeat(90)}b`, "protocol"],
  ])("%s: a device that publishes there is disconnected without PUBACK", async (_, topic, reason) => {
    const client = await harness.connect(meter);
    expect(await publish(client, topic)).toBe("closed");
    expect(ingest.taken).toEqual([]);
    expect((await harness.log.line(reason)).msg).toMatch(/m7/);
  });

  test("that publishes with QoS 2 is disconnected", async () => {
    const client = await harness.connect(meter);
    expect(await publish(client, "sm/v1/m7/reading", "{}", 2)).toBe("closed");
    expect((await harness.log.line("publish-qos")).msg).toContain("use QoS 1");
  });

  test.each([
    "#",
    "+/#",
    "$SYS/#",
    "sm/v1/+/reading",
    "sm/v1/m8/error",
    "sm/v1/m7/reading",
    "live/v1/#",
    "$share/x/sm/v1/m7/error",
  ])("N49: may not subscribe to %s", async (filter) => {
    const client = await harness.connect(meter);
    const [granted] = await client.subscribeAsync(filter).catch(() => [{ qos: 128 }]);
    expect(granted?.qos).toBe(128);
    expect((await harness.log.line("subscribe")).msg).toContain(filter);
    await client.endAsync();
  });

  test("may subscribe to its errors and commands", async () => {
    const client = await harness.connect(meter);
    const granted = await client.subscribeAsync(["sm/v1/m7/error", "sm/v1/m7/cmd/#"]);
    expect(granted.map(({ qos }) => qos)).toEqual([0, 0]);
    await client.endAsync();
  });

  test("has no more than eight subscriptions", async () => {
    const client = await harness.connect(meter);
    const filters = Array.from({ length: 12 }, (_, index) => `sm/v1/m7/cmd/${index}`);
    const granted: number[] = [];
    client.on("packetreceive", (packet) => {
      if (packet.cmd === "suback") granted.push(...(packet.granted as number[]));
    });
    await client.subscribeAsync(filters).catch(() => undefined);
    expect(granted).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 128, 128, 128, 128]);
    await client.subscribeAsync("sm/v1/m7/cmd/0");
    expect(granted.at(-1)).toBe(0);
    await client.endAsync();
  });
});

describe("a consumer", () => {
  test("publishes nothing", async () => {
    const client = await harness.connect(tap);
    expect(await publish(client, "live/v1/m7")).toBe("closed");
    expect((await harness.log.line("publish-role")).msg).toContain("only devices publish");
  });

  test.each(["#", "+/#", "$SYS/#", "live/#", "live/v1/a/b", "sm/v1/+/status", "$share/g/live/v1/#"])(
    "N49: may not subscribe to %s",
    async (filter) => {
      const client = await harness.connect(tap);
      const [granted] = await client.subscribeAsync(filter).catch(() => [{ qos: 128 }]);
      expect(granted?.qos).toBe(128);
      await client.endAsync();
    },
  );
});

describe("a rejected message", () => {
  test("is acknowledged, and its device reads on its error topic why", async () => {
    const client = await harness.connect(meter);
    await client.subscribeAsync("sm/v1/m7/error");
    const told = next(client, "message");
    const outcome = publish(client, "sm/v1/m7/reading", "x");
    await ingest.count(1);
    const rejected = {
      device: "m7",
      topic: "sm/v1/m7/reading",
      code: "schema",
      detail: "It lacks r.",
      received: T,
      payload: "",
    } as const;
    ingest.at(0).accept({ rejected: [rejected] });
    expect(await outcome).toBe("acknowledged");
    const [topic, payload] = (await told) as [string, Buffer];
    expect(topic).toBe("sm/v1/m7/error");
    expect(JSON.parse(payload.toString())).toEqual({
      type: "urn:smp:problem:schema",
      title: "The reading does not match the contract",
      code: "schema",
      detail: "It lacks r.",
    });
    await client.endAsync();
  });
});

describe("the live mirror", () => {
  test("shows a tap the newest reading, also one that came before it listened", async () => {
    const device = await harness.connect(meter);
    for (const [index, t] of [T, T + 5_000, T + 1_000].entries()) {
      const outcome = publish(device, "sm/v1/m7/reading");
      await ingest.count(index + 1);
      ingest.at(index).accept({
        accepted: [reading("m7", t, { "1-0:1.7.0": 500, "1-0:2.7.0": 87, "1-0:32.7.0": 230.4 })],
      });
      await outcome;
    }
    const client = await harness.connect(tap, { clientId: "tap-kitchen" });
    const shown = next(client, "message");
    await client.subscribeAsync("live/v1/#");
    const [topic, payload, packet] = (await shown) as [string, Buffer, { retain: boolean }];
    expect([topic, packet.retain]).toEqual(["live/v1/m7", true]);
    expect(JSON.parse(payload.toString())).toEqual({
      meter: "m7",
      time: "2026-05-28T20:26:45.000Z",
      t: T + 5_000,
      power_w: 413,
      import_power_w: 500,
      export_power_w: 87,
      voltage_l1_v: 230.4,
    });
    await device.endAsync();
    await client.endAsync();
  });
});

describe("mosquitto's tools", () => {
  const hasMosquitto = (() => {
    try {
      execFileSync("mosquitto_pub", ["--help"], { stdio: "ignore" });
      return true;
    } catch (error) {
      return (error as { status?: number }).status === 1;
    }
  })();

  test.skipIf(!hasMosquitto)("take the files as they are, two at a time for the same device", async () => {
    const files = ({ certFile, keyFile }: Credentials): string[] =>
      ["-h", "localhost", "-p", String(harness.broker.port)].concat(
        ["--cafile", harness.authority.caFile],
        ["--cert", certFile, "--key", keyFile],
      );
    const errors = promisify(execFile)("mosquitto_sub", [
      ...files(meter),
      "-t",
      "sm/v1/m7/error",
      "-C",
      "1",
      "-W",
      "10",
    ]);
    await expect.poll(() => harness.broker.health().sessions).toBe(1);
    const published = promisify(execFile)("mosquitto_pub", [
      ...files(meter),
      "-t",
      "sm/v1/m7/reading",
      "-q",
      "1",
      "-m",
      "{}",
    ]);
    await ingest.count(1);
    ingest.at(0).accept({
      rejected: [
        { device: "m7", topic: "", code: "schema", detail: "It lacks r.", received: T, payload: "" },
      ],
    });
    await published;
    expect((await errors).stdout).toContain("It lacks r.");
    const foreign = promisify(execFile)("mosquitto_pub", [
      ...files(meter),
      "-i",
      "m8",
      "-t",
      "sm/v1/m7/reading",
      "-q",
      "1",
      "-m",
      "{}",
    ]);
    await expect(foreign).rejects.toThrow(/identifier rejected/i);
  });
});
