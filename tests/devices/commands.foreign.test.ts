import { execFile } from "node:child_process";
import { createServer, type Server } from "node:http";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import mqtt, { type MqttClient } from "mqtt";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startEmbedded, type Embedded } from "../support/embedded.ts";
import { writeHomeConfiguration } from "../support/mosquitto.ts";
import { blocksOf } from "../support/page-blocks.ts";
import { pageShell, type PageShell } from "../support/page-shell.ts";
import { freePort, until } from "../support/platform-process.ts";

// The commands of the pages for hardware as they stand there, against one running platform; the hardware is played by hand.
const run = promisify(execFile);
let platform: Embedded;
let shell: PageShell;
let homePort: number;
let shelly: ScriptedShelly;
let conformPort: number;

beforeAll(async () => {
  // Boards call this computer by its address.
  platform = await startEmbedded({ SMP_MQTT_HOST: "0.0.0.0", SMP_HOME_ASSISTANT: "true" });
  [homePort, conformPort, shelly] = [await freePort(), await freePort(), await startShelly()];
  shell = await pageShell(
    platform.dir,
    { SMP_DATA_DIR: join(platform.dir, "data"), SMP_MQTT_PORT: String(platform.mqttPort) },
    {
      "-p 8883": `-p ${platform.mqttPort}`,
      "mosquitto_sub -h localhost -t": `mosquitto_sub -h localhost -p ${homePort} -t`,
      "http://localhost:8080": platform.httpUrl,
      "192.168.1.40": `127.0.0.1:${shelly.port}`,
      // A minute is for a person at a device.
      "--seconds 60": `--seconds 5 --port ${conformPort}`,
    },
  );
}, 120_000);
afterAll(async () => {
  await shell?.close();
  shelly?.server.close();
  await platform?.close();
});

/** The shell blocks of a page. */
const commandsOf = (page: string): string[] =>
  blocksOf(`docs/${page}`)
    .filter(({ info }) => info === "sh")
    .map(({ code }) => code);

const bundleFile = (device: string, name: string): Promise<string> =>
  readFile(join(platform.bundle(device), name), "utf8");

async function registersOf(meter: string): Promise<Record<string, number>> {
  type Latest = { registers?: Record<string, { value: number }> };
  let registers: Latest["registers"];
  await until(`a reading of ${meter}`, async () => {
    ({ registers } = await platform.get<Latest>(`/v1/meters/${meter}/latest`));
    return registers !== undefined;
  });
  return Object.fromEntries(Object.entries(registers ?? {}).map(([code, { value }]) => [code, value]));
}

const atHome = (topic: string, message: unknown): Promise<unknown> =>
  run("mosquitto_pub", [
    ...`-h 127.0.0.1 -p ${homePort} -q 1 -t ${topic} -m`.split(" "),
    JSON.stringify(message),
  ]);

test("boards: the files for ESP32 and ESPHome name this computer, not the board", async () => {
  for (const [page, file] of [
    ["devices/esp32.md", "secrets.h"],
    ["devices/esphome.md", "esphome.yaml"],
  ] as const) {
    const [add = ""] = commandsOf(page);
    const said = await shell.type(add).done();
    expect(said).toMatch(/In it the broker is [^ ]+: --host NAME/);
    const text = await bundleFile("my-device", file);
    expect(text).toContain(String(platform.mqttPort));
    expect(text).not.toContain("localhost");
  }
});

test("conformance: a device's reading is judged", async () => {
  const [conform = ""] = commandsOf("devices/conformance.md");
  const watching = shell.type(conform);
  await watching.says(/Waiting for my-device/);
  const file = (name: string): string => join(platform.bundle("my-device"), name);
  await run("mosquitto_pub", [
    ...`-h localhost -p ${conformPort} -i my-device -q 1 -t sm/v1/my-device/reading`.split(" "),
    ...`--cafile ${file("ca.crt")} --cert ${file("client.crt")} --key ${file("client.key")}`.split(" "),
    "-m",
    '{"v":1,"r":{"1-0:16.7.0":413}}',
  ]);
  const said = await watching.says(/^ok .* speaks MQTT 3\.1\.1$/m);
  expect(said).toMatch(/^BROKEN +should .* says online/m);
  await watching.interrupt();
});

test("Tasmota and the adapter of Österreichs Energie: two bridges of one mosquitto at home", async () => {
  const [addHome = "", see = "", look = ""] = commandsOf("devices/tasmota.md");
  const [addAustria = ""] = commandsOf("devices/oesterreichs-energie.md");
  await shell.type(addHome).done();
  await shell.type(addAustria).done();
  const austria = await bundleFile("at-home", "mosquitto-bridge.conf");
  const topic = /^`(topic .*)`$/m.exec(
    (await readFile("docs/devices/oesterreichs-energie.md", "utf8")).replaceAll(
      /.*?(`topic [^`]*`).*/g,
      "$1",
    ),
  )?.[1];
  expect(topic).toContain("SHRDZM/#");
  const file = join(platform.dir, "home.conf");
  const tasmota = await bundleFile("home", "mosquitto-bridge.conf");
  const shrdzm = austria.replace(/^topic tele\/#.*$/m, topic ?? "");
  await writeHomeConfiguration(file, homePort, tasmota, shrdzm);
  const home = shell.type(`exec /usr/sbin/mosquitto -c "${file}"`);
  await home.says(/Received CONNACK on connection[^]*Received CONNACK on connection/);
  const tap = shell.type(see);
  await home.says(/Received SUBSCRIBE|Sending SUBACK/);
  // Tasmota says that it is there, retained, and then what its meter says.
  await run("mosquitto_pub", `-h 127.0.0.1 -p ${homePort} -r -q 1 -t tele/attic/LWT -m Online`.split(" "));
  await atHome("tele/attic/SENSOR", {
    Time: "2026-06-01T10:00:00",
    SML: { Total_in: 34_507.4761, Power_curr: -894 },
  });
  await atHome("SHRDZM/0001/0001/sensor", { timestamp: "2026-06-01T10:00:00", "1.8.0": 1_000 });
  expect(await tap.says(/\n/)).toMatch(/^tele\/attic\/SENSOR \{.*"Total_in"/m);
  expect(await registersOf("home.attic")).toMatchObject({ "1-0:1.8.0": 34_507_476, "1-0:16.7.0": -894 });
  expect(await shell.type(look).done()).toContain('"power_w":-894');
  expect(await registersOf("at-home.0001")).toEqual({ "1-0:1.8.0": 1_000 });
  await tap.interrupt();
  await home.interrupt();
});

test("Shelly: its script sets it up, and with what it was told it connects and is read", async () => {
  const [add = "", setUp = "", look = ""] = commandsOf("devices/shelly.md");
  await shell.type(add).done();
  shelly.refuse = "Mqtt.SetConfig";
  await expect(shell.type(setUp).done()).rejects.toThrow(/has refused Mqtt\.SetConfig/);
  shelly.refuse = undefined;
  await shell.type(setUp).done();
  const client = await shelly.connect();
  await client.publishAsync("sm/v1/em/raw/online", "true", { qos: 1, retain: true });
  await client.publishAsync(
    "sm/v1/em/raw/status/em:0",
    JSON.stringify({ id: 0, a_voltage: 236.1, total_act_power: 10.6 }),
    { qos: 1 },
  );
  expect(await registersOf("em")).toMatchObject({ "1-0:16.7.0": 10.6, "1-0:32.7.0": 236.1 });
  expect(await shell.type(look).done()).toContain('"power_w":10.6');
  // It vanishes: its will is a message like the others, which says nothing of the meter.
  client.stream.destroy();
  await client.endAsync(true);
  const { messages } = await platform.get<{ messages: unknown[] }>("/v1/rejected?device=em");
  expect(messages).toEqual([]);
});

test("Home Assistant: hears of each meter in the words that it documents", async () => {
  const [add = "", tell = ""] = commandsOf("use/home-assistant.md");
  expect(await shell.type(add).done()).toContain("consumer home-assistant");
  const told = shell.type(tell);
  // The broker keeps one of each meter, and tells them in no order.
  const said = await told.says(/^(?=[^]*device\/home_attic\/config)(?:[^]*?\/config \{.*\}\n){3}/);
  await told.interrupt();
  const messages = [...said.matchAll(/^live\/homeassistant\/device\/\w[\w-]*\/config (\{.*\})$/gm)];
  expect(messages.length).toBeGreaterThanOrEqual(3);
  for (const [, text = ""] of messages) expectDiscovery(JSON.parse(text) as Discovery);
});

interface Discovery {
  dev: Record<string, unknown>;
  o: Record<string, unknown>;
  cmps: Record<string, Record<string, unknown>>;
}

/** Source: Home Assistant's documentation, "MQTT: device discovery payload" and "MQTT sensor"; Developer docs, "Sensor entity". */
const UNITS: Readonly<Record<string, string>> = {
  energy: "Wh",
  power: "W",
  voltage: "V",
  current: "A",
  frequency: "Hz",
  reactive_power: "var",
  apparent_power: "VA",
  gas: "m³",
  water: "m³",
};
const SENSOR_KEYS =
  "p unique_id name device_class unit_of_measurement state_class value_template expire_after".split(" ");

function expectDiscovery({ dev, o, cmps, ...rest }: Discovery): void {
  expect(Object.keys(rest)).toEqual(["state_topic"]);
  expect(["ids", "name", "mf"]).toEqual(expect.arrayContaining(Object.keys(dev)));
  expect(o).toHaveProperty("name");
  for (const [id, sensor] of Object.entries(cmps)) {
    expect(SENSOR_KEYS).toEqual(expect.arrayContaining(Object.keys(sensor)));
    expect(sensor).toMatchObject({ p: "sensor", value_template: `{{ value_json.${id} | default('') }}` });
    const { device_class: kind, state_class: state, unit_of_measurement: unit } = sensor;
    if (typeof kind === "string") expect([kind, unit]).toEqual([kind, UNITS[kind]]);
    // Its energy dashboard takes counters as `total` or `total_increasing` only.
    expect(state).toBe(kind === "energy" || kind === "gas" ? "total_increasing" : "measurement");
  }
}

interface ScriptedShelly {
  server: Server;
  port: number;
  /** A method that it answers with an error. */
  refuse: string | undefined;
  /** As after its restart: with the files and the settings that it was given. */
  connect(): Promise<MqttClient>;
}

/** The RPC of a Shelly of the second generation over HTTP, as far as the script needs it. */
async function startShelly(): Promise<ScriptedShelly> {
  type Call = { id: number; method: string; params: Record<string, unknown> };
  const given = new Map<string, Record<string, unknown>>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { id, method, params } = JSON.parse(Buffer.concat(chunks).toString()) as Call;
      const error = { code: -103, message: `Invalid argument of ${method}` };
      const refused = method === shelly.refuse;
      if (!refused) given.set(method, params);
      response.end(JSON.stringify(refused ? { id, error } : { id, result: {} }));
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const pem = (method: string): string => String(given.get(method)?.["data"]);
  const shelly: ScriptedShelly = {
    server,
    port: (server.address() as AddressInfo).port,
    refuse: undefined,
    connect() {
      expect(given.has("Shelly.Reboot")).toBe(true);
      const config = given.get("Mqtt.SetConfig")?.["config"] as Record<string, string>;
      return mqtt.connectAsync(`mqtts://${config["server"]}`, {
        clientId: config["client_id"]!,
        protocolVersion: 4,
        reconnectPeriod: 0,
        ca: pem("Shelly.PutUserCA"),
        cert: pem("Shelly.PutTLSClientCert"),
        key: pem("Shelly.PutTLSClientKey"),
        // Every Shelly has this will, and no setting for it.
        will: {
          topic: `${config["topic_prefix"]}/online`,
          payload: Buffer.from("false"),
          qos: 1,
          retain: true,
        },
      });
    },
  };
  return shelly;
}
