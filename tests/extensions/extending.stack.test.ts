import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addConsumer, addDevice, addService, initCa } from "@smp/certs";
import mqtt, { type MqttClient } from "mqtt";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  startKafka,
  startQuestdb,
  type KafkaServer,
  type QuestdbServer,
} from "../../scripts/stack/servers.js";
import { adminHeaders } from "../support/admin-token.ts";
import { askAs, expectExtensionsAtWork, type Ask } from "../support/extensions-at-work.ts";
import { PAGES, writePageFiles } from "../support/page-files.ts";
import { freePort, spawnPlatform, until, type PlatformProcess } from "../support/platform-process.ts";

// The pages of docs/extend in production: smp broker, load, processors and api as processes, with Kafka and QuestDB.
const COMMANDS = ["broker", "load", "processors", "api"] as const;
let dir: string;
let kafka: KafkaServer;
let questdb: QuestdbServer;
let client: MqttClient;
let ask: Ask;
let apiUrl: string;
let mqttPort: number;
const processes = new Map<string, PlatformProcess>();

async function connectAs(folder: string): Promise<MqttClient> {
  const read = (name: string): Promise<Buffer> => readFile(join(dir, "pki", folder, name));
  const [ca, cert, key] = await Promise.all([read("ca.crt"), read("client.crt"), read("client.key")]);
  return await mqtt.connectAsync({
    protocol: "mqtts",
    host: "localhost",
    port: mqttPort,
    ca,
    cert,
    key,
    reconnectPeriod: 0,
  });
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "smp-extending-"));
  for (const { page, folder } of Object.values(PAGES)) await writePageFiles(page, join(dir, folder));
  [kafka, questdb] = await Promise.all([
    startKafka({ dir: join(dir, "kafka") }),
    startQuestdb({ dir: join(dir, "questdb") }),
  ]);
  const pki = join(dir, "pki");
  await initCa({ dir: pki });
  await addService({ dir: pki, id: "broker", hostnames: ["127.0.0.1", "localhost"] });
  await addDevice({ dir: pki, id: "attic" });
  await addConsumer({ dir: pki, id: "tap" });
  const database = { SMP_STORE: "questdb", QUESTDB_URL: questdb.url, QUESTDB_PG_URL: questdb.pgUrl };
  const token = (await adminHeaders(database)).authorization.slice("Bearer ".length);
  mqttPort = await freePort();
  for (const command of COMMANDS) {
    const port = await freePort();
    if (command === "api") apiUrl = `http://127.0.0.1:${port}`;
    const environment = {
      SMP_DATA_DIR: dir,
      SMP_LOG_LEVEL: "error",
      SMP_HEALTH_PORT: String(port),
      SMP_HTTP_PORT: String(port),
      SMP_MQTT_HOST: "127.0.0.1",
      SMP_MQTT_PORT: String(mqttPort),
      KAFKA_BROKERS: kafka.brokers,
      SMP_EXTENSIONS: Object.values(PAGES)
        .map(({ folder }) => join(dir, folder))
        .join(","),
      SMP_INPUTS: "acme:attic",
      ...database,
    };
    processes.set(command, await spawnPlatform(environment, `http://127.0.0.1:${port}/healthz`, [command]));
  }
  client = await connectAs("devices/attic");
  ask = askAs(apiUrl, token);
}, 120_000);

afterAll(async () => {
  await client?.endAsync(true);
  await Promise.all([...processes.values()].map((process) => process.kill()));
  await Promise.all([kafka?.stop(), questdb?.stop()]);
  await rm(dir, { recursive: true, force: true });
}, 60_000);

test("the three extensions of docs/extend work in production", async () => {
  await expectExtensionsAtWork({
    ask,
    publish: (topic, payload) => client.publishAsync(topic, payload, { qos: 1 }),
  });
}, 90_000);

test("a payload over HTTP is answered when Kafka holds it, is on the live mirror, and leaves it with its meter", async () => {
  const wish = { name: "esp", scopes: ["ingest"], device: "cellar" };
  const { token } = await ask<{ token: string }>("/v1/tokens", {
    method: "POST",
    body: JSON.stringify(wish),
  });
  const headers = { authorization: `Bearer ${token}` };
  const tap = await connectAs("consumers/tap");
  const seen = new Map<string, string>();
  tap.on("message", (topic, payload) => seen.set(topic, payload.toString()));
  await tap.subscribeAsync("live/v1/#");
  // The broker follows what comes from now on: so until it does, the payload is sent again.
  const send = async (): Promise<string | undefined> => {
    const response = await fetch(`${apiUrl}/v1/ingest/acme`, {
      method: "POST",
      headers,
      body: "P=0.5;E=1.5",
    });
    expect(response.status).toBe(204);
    return seen.get("live/v1/cellar");
  };
  await expect.poll(send, { timeout: 60_000, interval: 1_000 }).toContain("1500");
  await until("the store to have it", async () => (await fetchMeters()).includes("cellar"));
  const deletion = await ask<{ live: string }>("/v1/meters/cellar", { method: "DELETE" });
  expect(deletion.live).toBe("told");
  await expect.poll(() => seen.get("live/v1/cellar"), { timeout: 30_000 }).toBe("");
  await tap.endAsync(true);
}, 120_000);

const fetchMeters = async (): Promise<string[]> =>
  (await ask<{ meters: { id: string }[] }>("/v1/meters")).meters.map(({ id }) => id);

test("each process ends cleanly when it is told to, and takes its extensions with it", async () => {
  for (const [name, process] of processes)
    expect([name, await process.stop(), process.output()]).toEqual([name, 0, expect.any(String)]);
}, 60_000);
