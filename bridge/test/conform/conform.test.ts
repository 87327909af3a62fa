import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encode } from "cborg";
import mqtt, { type IClientOptions, type MqttClient } from "mqtt";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
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

let standIn: StandIn;
let client: MqttClient | undefined;
let told: string[];
afterEach(async () => {
  client?.end(true);
  client = undefined;
  await standIn.close();
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
  client = await mqtt.connectAsync(`mqtts://localhost:${standIn.port}`, {
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

test("another device is turned away, and nothing of it is counted", async () => {
  const seen = await watch(3);
  const other = mqtt.connect(`mqtts://localhost:${standIn.port}`, await options("other"));
  other.on("error", () => undefined);
  await new Promise<void>((resolve) => other.once("close", () => resolve()));
  other.end(true);
  expect(told).toEqual(["other connected, but kitchen is watched: it is turned away."]);
  expect(seen.connections).toBe(0);
  expect(new Set(judgeDevice(seen).map(({ verdict }) => verdict))).toEqual(new Set(["not seen"]));
});
