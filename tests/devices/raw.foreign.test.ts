import { execFile, spawn, type ChildProcess } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startEmbedded, type Embedded } from "../support/embedded.ts";
import { writeHomeConfiguration } from "../support/mosquitto.ts";
import { freePort, until } from "../support/platform-process.ts";

// Hardware that does not speak our contract, as the pages in docs/devices/ connect it: what it publishes comes out of the API.
const run = promisify(execFile);
let platform: Embedded;
let home: ChildProcess;
let homePort: number;

beforeAll(async () => {
  platform = await startEmbedded({
    SMP_INPUTS: "tasmota-sml:home,shelly-em:em,vzlogger:cellar,oesterreichs-energie:at-*",
    SMP_X_VZLOGGER_CHANNELS: "chn0=1-0:1.8.0,chn1=1-0:16.7.0",
  });
  for (const [device, hardware] of [
    ["home", "mosquitto-bridge"],
    ["em", "shelly"],
    ["cellar", "vzlogger"],
    ["at-home", "mosquitto-bridge"],
  ] as const)
    await platform.smp("device", "add", device, "--for", hardware, "--port", String(platform.mqttPort));
  homePort = await freePort();
  home = await startHome();
}, 90_000);
afterAll(async () => {
  home.kill();
  await platform.close();
});

/** The mosquitto at home with both bridges, as `--for mosquitto-bridge` writes them and the pages change them. */
async function startHome(): Promise<ChildProcess> {
  const tasmota = await readFile(join(platform.bundle("home"), "mosquitto-bridge.conf"), "utf8");
  const austria = await readFile(join(platform.bundle("at-home"), "mosquitto-bridge.conf"), "utf8");
  const file = join(platform.dir, "home.conf");
  const shrdzm = austria.replace(/^topic tele\/#.*$/m, 'topic SHRDZM/# out 1 "" sm/v1/at-home/raw/');
  await writeHomeConfiguration(file, homePort, tasmota, shrdzm);
  const child = spawn("/usr/sbin/mosquitto", ["-c", file], { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
  await until(`both bridges to be connected: ${said}`, () =>
    Promise.resolve([...said.matchAll(/Received CONNACK on connection/g)].length >= 2),
  );
  return child;
}

const atHome = (topic: string, message: unknown): Promise<unknown> =>
  run("mosquitto_pub", [
    ...`-h 127.0.0.1 -p ${homePort} -q 1 -t ${topic} -m`.split(" "),
    JSON.stringify(message),
  ]);

const direct = (device: string, path: string, message: unknown): Promise<unknown> => {
  const folder = platform.bundle(device);
  const file = (name: string): string => join(folder, name);
  return run("mosquitto_pub", [
    ...`-h localhost -p ${platform.mqttPort} -q 1 -i ${device} -t sm/v1/${device}/raw/${path}`.split(" "),
    ...`--cafile ${file("ca.crt")} --cert ${file("client.crt")} --key ${file("client.key")} -m`.split(" "),
    JSON.stringify(message),
  ]);
};

async function registersOf(meter: string): Promise<Record<string, number>> {
  type Latest = { registers?: Record<string, { value: number }> };
  let registers: Latest["registers"];
  await until(`a reading of ${meter}`, async () => {
    ({ registers } = await platform.get<Latest>(`/v1/meters/${meter}/latest`));
    return registers !== undefined;
  });
  return Object.fromEntries(Object.entries(registers ?? {}).map(([code, { value }]) => [code, value]));
}

const localTime = (): string => new Date().toISOString().slice(0, 19);

describe("what the hardware publishes is read back from the API", () => {
  test("two Tasmotas behind one mosquitto at home are two meters", async () => {
    const sensor = (total: number, power: number): unknown => ({
      Time: `${localTime()}+00:00`,
      SML: { Total_in: total, Total_out: 14_737.1422, Power_curr: power },
    });
    await atHome("tele/attic/SENSOR", sensor(34_507.4761, -894));
    await atHome("tele/cellar/SENSOR", sensor(12.5, 100));
    expect(await registersOf("home.attic")).toEqual({
      "1-0:1.8.0": 34_507_476,
      "1-0:2.8.0": 14_737_142,
      "1-0:16.7.0": -894,
    });
    expect((await registersOf("home.cellar"))["1-0:1.8.0"]).toBe(12_500);
  });

  test("a Shelly's status, on the topic prefix that its script sets", async () => {
    await direct("em", "events/rpc", {
      src: "shellypro3em-001122334455",
      dst: "shellypro3em-001122334455/events",
      method: "NotifyStatus",
      params: { ts: Date.now() / 1_000, "em:0": { id: 0, a_voltage: 236.1, total_act_power: 10.6 } },
    });
    expect(await registersOf("em")).toMatchObject({ "1-0:16.7.0": 10.6, "1-0:32.7.0": 236.1 });
  });

  test("vzlogger's numbers, channel by channel, each with its time", async () => {
    const timestamp = Date.now();
    await direct("cellar", "vzlogger/chn0/raw", { timestamp, value: 12_345_679 });
    await direct("cellar", "vzlogger/chn1/raw", { timestamp, value: -412.5 });
    await until("both registers", async () => Object.keys(await registersOf("cellar")).length === 2);
    expect(await registersOf("cellar")).toEqual({ "1-0:1.8.0": 12_345_679, "1-0:16.7.0": -412.5 });
  });

  test("a SHRDZM module's JSON over the bridge", async () => {
    await atHome("SHRDZM/000000000000/000000000000/sensor", {
      timestamp: localTime(),
      "1.8.0": 1_000,
      "32.7.0": 231.1,
    });
    expect(await registersOf("at-home.000000000000")).toEqual({ "1-0:1.8.0": 1_000, "1-0:32.7.0": 231.1 });
  });

  test("a payload that the input does not read comes back as a sentence, and is kept among the rejected", async () => {
    await direct("em", "events/rpc", "hello");
    type Rejected = { messages: { code: string; detail: string }[] };
    await until("the rejection", async () => {
      const { messages } = await platform.get<Rejected>("/v1/rejected?device=em&limit=1");
      return messages[0]?.detail !== undefined && messages[0].detail.length > 20;
    });
  });
});
