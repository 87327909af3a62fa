import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encode } from "cborg";
import mqtt, { type IClientOptions, type MqttClient } from "mqtt";
import type { IConnectPacket, IPublishPacket } from "mqtt-packet";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { conformCommand } from "../../src/conform/command.ts";
import { Observation } from "../../src/conform/observation.ts";
import { judgeDevice } from "../../src/conform/rules.ts";
import { startStandIn, type StandIn } from "../../src/conform/stand-in.ts";

const T = 1_780_000_000_000;
let dir: string;
const file = (name: string): string => join(dir, name);

/** One self-signed certificate is CA, broker and device in one: who signs is not what is tested here. */
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "smp-conform-"));
  for (const name of ["kitchen", "other"])
    execFileSync(
      "openssl",
      [
        ..."req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj".split(" "),
        ...`/CN=${name} -addext subjectAltName=DNS:localhost -keyout`.split(" "),
        file(`${name}.key`),
        "-out",
        file(`${name}.crt`),
      ],
      { stdio: "ignore" },
    );
  writeFileSync(
    file("ca.crt"),
    ["kitchen", "other"].map((name) => execFileSync("cat", [file(`${name}.crt`)]).toString()).join(""),
  );
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

let standIn: StandIn | undefined;
let client: MqttClient | undefined;
let told: string[];
afterEach(async () => {
  client?.end(true);
  client = undefined;
  await standIn?.close();
  standIn = undefined;
});

async function watch(withholdAfter: number, now: () => number = () => T): Promise<Observation> {
  const seen = new Observation("kitchen");
  told = [];
  standIn = await startStandIn({
    host: "127.0.0.1",
    port: 0,
    certFile: file("kitchen.crt"),
    keyFile: file("kitchen.key"),
    caFile: file("ca.crt"),
    seen,
    withholdAfter,
    now,
    tell: (sentence) => told.push(sentence),
  });
  return seen;
}

const options = async (name: string): Promise<IClientOptions> => {
  const { readFile } = await import("node:fs/promises");
  return {
    ca: await readFile(file("ca.crt")),
    cert: await readFile(file(`${name}.crt`)),
    key: await readFile(file(`${name}.key`)),
    clientId: "kitchen",
    keepalive: 60,
    reconnectPeriod: 0,
    will: { topic: "sm/v1/kitchen/status", payload: Buffer.from("offline"), qos: 1, retain: true },
  };
};

async function connect(more: IClientOptions = {}): Promise<MqttClient> {
  client = await mqtt.connectAsync(`mqtts://localhost:${standIn?.port}`, {
    ...(await options("kitchen")),
    ...more,
  });
  client.on("error", () => undefined);
  return client;
}

const verdicts = (seen: Observation): Record<string, string> =>
  Object.fromEntries(judgeDevice(seen).map(({ id, verdict }) => [id, verdict]));

const reading = (n: number): Buffer =>
  Buffer.from(encode({ v: 1, t: T - 100_000 + n * 10_000, s: n, r: { "1-0:1.8.0": 100 + n } }));

describe("a device that keeps every rule", () => {
  test("is told so, also that its withheld reading came again", async () => {
    let clock = T;
    const seen = await watch(3, () => clock);
    const device = await connect({ reconnectPeriod: 10 });
    device.on("reconnect", () => (clock += 2_000));
    await device.publishAsync("sm/v1/kitchen/status", "online", { qos: 1, retain: true });
    for (let n = 1; n <= 10; n++) await device.publishAsync("sm/v1/kitchen/reading", reading(n), { qos: 1 });
    const judged = verdicts(seen);
    expect(Object.entries(judged).filter(([, verdict]) => verdict !== "met")).toEqual([]);
    expect(seen).toMatchObject({ withheld: 1, returned: 1, readings: 10, connections: 2 });
    expect(told.join(" ")).toContain("has to come again");
  });
});

describe("a device that breaks rules", () => {
  test("hears of each, in words", async () => {
    const seen = await watch(100);
    const device = await connect({ clientId: "esp", keepalive: 5, will: undefined as never });
    const publish = (topic: string, text: string, qos: 0 | 1 = 1, retain = false): Promise<unknown> =>
      device.publishAsync(topic, text, { qos, retain });
    await publish("tele/kitchen/SENSOR", "{}");
    await publish("sm/v1/kitchen/reading", '{"v":1,"r":{"power":413}}');
    await publish("sm/v1/kitchen/reading", '{"v":1,"r":{"1-0:1.8.0":500}}', 0, true);
    await publish("sm/v1/kitchen/reading", JSON.stringify({ v: 1, t: T - 400_000, r: { "1-0:1.8.0": 700 } }));
    await publish("sm/v1/kitchen/reading", JSON.stringify({ v: 1, t: T - 300_000, r: { "1-0:1.8.0": 600 } }));
    const judgement = judgeDevice(seen);
    const broken = judgement.filter(({ verdict }) => verdict === "broken").map(({ id }) => id);
    expect(broken).toEqual(
      expect.arrayContaining(["D2", "D3", "D4", "D5", "D6", "R1", "R2", "R3", "R6", "R7", "R8"]),
    );
    const details = Object.fromEntries(judgement.map(({ id, detail }) => [id, detail]));
    expect(details["D6"]).toBe("tele/kitchen/SENSOR");
    expect(details["R1"]).toMatch(/1 rejected: .*OBIS code/);
    expect(details["R6"]).toMatch(/carry no t/);
  });

  test("is found out by any of its connections, not by the last alone", () => {
    const seen = new Observation("kitchen");
    for (const clientId of ["esp", "kitchen"]) seen.connected({ clientId } as IConnectPacket, T);
    expect(judgeDevice(seen).find(({ id }) => id === "D2")).toMatchObject({
      verdict: "broken",
      detail: 'the client id is "esp"',
    });
  });

  test("is found out when its counter falls", async () => {
    const seen = await watch(100);
    const device = await connect();
    for (const [n, energy] of [700, 600].entries())
      await device.publishAsync(
        "sm/v1/kitchen/reading",
        JSON.stringify({ v: 1, t: T - 100_000 + n * 10_000, r: { "1-0:1.8.0": energy } }),
        { qos: 1 },
      );
    expect(judgeDevice(seen).find(({ id }) => id === "R5")).toMatchObject({
      verdict: "broken",
      detail: "1-0:1.8.0 of kitchen fell from 700 to 600",
    });
  });
});

/** A message straight to the observation. */
const send = (seen: Observation, readings: object | object[], more: Partial<IPublishPacket> = {}): void => {
  const packet = { topic: "sm/v1/kitchen/reading", payload: JSON.stringify(readings), qos: 1, retain: false };
  const publish = { cmd: "publish", dup: false, ...packet, ...more } as IPublishPacket;
  seen.published(publish, 1, T);
};
const withheld = (seen: Observation, reading: object): void => {
  send(seen, reading);
  seen.withhold({ payload: JSON.stringify(reading) } as IPublishPacket, T);
  seen.disconnected(T);
};
const reconnect = (seen: Observation): void =>
  seen.connected({ clientId: "kitchen" } as IConnectPacket, T + 2_000);
const energy = (n: number, wh: number): object => ({
  v: 1,
  t: T - 100_000 + n * 1_000,
  r: { "1-0:1.8.0": wh },
});

describe("the reading without PUBACK", () => {
  test("came again also when the device sends it in a batch with later ones", () => {
    const seen = new Observation("kitchen");
    withheld(seen, energy(1, 100));
    reconnect(seen);
    send(seen, [energy(1, 100), energy(2, 101)]);
    expect(verdicts(seen)).toMatchObject({ R4: "met", R5: "met" });
  });

  test("did not come again when the next one only looks like it", () => {
    const seen = new Observation("kitchen");
    const same = { v: 1, r: { "1-0:1.8.0": 100 } };
    withheld(seen, same);
    reconnect(seen);
    send(seen, same);
    expect(verdicts(seen)).toMatchObject({ R4: "not seen" });
    send(seen, same, { dup: true });
    expect(verdicts(seen)).toMatchObject({ R4: "met" });
  });

  test("is forgotten by a device that goes on with the next; nothing is said of one that has not come back", () => {
    const seen = new Observation("kitchen");
    withheld(seen, energy(1, 100));
    expect(verdicts(seen)).toMatchObject({ R4: "not seen" });
    reconnect(seen);
    send(seen, energy(2, 101));
    expect(verdicts(seen)).toMatchObject({ R4: "broken" });
  });
});

test("a counter that falls is found among readings without it, and so is any other counter", () => {
  const seen = new Observation("kitchen");
  send(seen, energy(1, 100));
  send(seen, { v: 1, t: T - 50_000, r: { "1-0:16.7.0": 5 } });
  send(seen, energy(80, 50));
  send(seen, { v: 1, t: T - 10_000, r: { "1-0:1.8.1": 7 } });
  send(seen, { v: 1, t: T - 9_000, r: { "1-0:1.8.1": 6 } });
  expect(seen.fallen).toEqual([
    "1-0:1.8.0 of kitchen fell from 100 to 50",
    "1-0:1.8.1 of kitchen fell from 7 to 6",
  ]);
});

test("QoS 2 is told, for the broker ends such a connection", () => {
  const seen = new Observation("kitchen");
  send(seen, energy(1, 100), { qos: 2 });
  expect(verdicts(seen)).toMatchObject({ R2: "broken" });
});

test("a folder that is not the platform's data folder is said to be none, before anybody waits", async () => {
  const run = conformCommand().parseAsync(["--device", "kitchen", "--data", dir], { from: "user" });
  await expect(run).rejects.toThrow(/server\.crt cannot be read: there is no such file\. --data names/);
});

test("another device is turned away, and nothing of it is counted", async () => {
  const seen = await watch(3);
  const other = mqtt.connect(`mqtts://localhost:${standIn?.port}`, await options("other"));
  other.on("error", () => undefined);
  await new Promise<void>((resolve) => other.once("close", () => resolve()));
  other.end(true);
  expect(told).toEqual(["other connected, but kitchen is watched: it is turned away."]);
  expect(seen.connections).toBe(0);
  expect(new Set(judgeDevice(seen).map(({ verdict }) => verdict))).toEqual(new Set(["not seen"]));
});
