import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { addDevice, addService, initCa } from "@smp/certs";
import { openStore, readConfig, type Store } from "@smp/store";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startKafka, startQuestdb, type KafkaServer, type QuestdbServer } from "../scripts/stack/servers.js";
import { adminHeaders } from "./support/admin-token.ts";
import { LoadDevice } from "./support/load-device.ts";
import { judge, type StoredReading, type Verdict } from "./support/oracle.ts";
import { freePort, spawnPlatform, until, type PlatformProcess } from "./support/platform-process.ts";

// The five services of compose.yaml as processes: `smp broker`, `smp load`, `smp api`, and servers of this test's own to kill.
const DEVICES = 5;
const READINGS_PER_SECOND = 100;
const BETWEEN_KILLS_MS = 1_500;

type Name = "broker" | "loader" | "api";
let dir: string;
let kafka: KafkaServer;
let questdb: QuestdbServer;
let store: Store | undefined;
const ports = { mqtt: 0, broker: 0, loader: 0, api: 0 };
const services = new Map<Name, PlatformProcess>();
const devices: LoadDevice[] = [];

async function startService(name: Name): Promise<void> {
  const address = `http://127.0.0.1:${ports[name]}`;
  const shared = {
    SMP_DATA_DIR: dir,
    SMP_LOG_LEVEL: "error",
    SMP_HEALTH_PORT: String(ports[name]),
    KAFKA_BROKERS: kafka.brokers,
  };
  const database = { SMP_STORE: "questdb", QUESTDB_URL: questdb.url, QUESTDB_PG_URL: questdb.pgUrl };
  const own: Record<Name, { command: string; settings: Record<string, string> }> = {
    broker: {
      command: "broker",
      settings: { SMP_MQTT_HOST: "127.0.0.1", SMP_MQTT_PORT: String(ports.mqtt) },
    },
    loader: { command: "load", settings: database },
    api: { command: "api", settings: { ...database, SMP_HTTP_PORT: String(ports.api) } },
  };
  const { command, settings } = own[name];
  services.set(name, await spawnPlatform({ ...shared, ...settings }, `${address}/healthz`, [command]));
}

beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), "smp-services-"));
  for (const name of Object.keys(ports) as (keyof typeof ports)[]) ports[name] = await freePort();
  [kafka, questdb] = await Promise.all([
    startKafka({ dir: path.join(dir, "kafka") }),
    startQuestdb({ dir: path.join(dir, "questdb") }),
  ]);
  const pki = path.join(dir, "pki");
  await initCa({ dir: pki });
  await addService({ dir: pki, id: "broker", hostnames: ["127.0.0.1"] });
  for (const name of ["broker", "loader", "api"] as const) await startService(name);
  const startMs = Date.now() - 86_400_000;
  for (let index = 0; index < DEVICES; index++) {
    const id = `load-${index}`;
    const { files } = await addDevice({ dir: pki, id });
    const [ca, cert, key] = await Promise.all([
      readFile(files.ca),
      readFile(files.cert),
      readFile(files.key),
    ]);
    devices.push(new LoadDevice({ id, port: ports.mqtt, ca, cert, key, startMs }));
  }
}, 120_000);

afterAll(async () => {
  await Promise.all(devices.map((device) => device.close()));
  await store?.close();
  await Promise.all([...services.values()].map((service) => service.kill()));
  await Promise.all([kafka.stop(), questdb.stop()]);
  await rm(dir, { recursive: true, force: true });
}, 60_000);

async function judgeStore(): Promise<Verdict> {
  store ??= await openStore(
    readConfig({ SMP_STORE: "questdb", QUESTDB_URL: questdb.url, QUESTDB_PG_URL: questdb.pgUrl }),
  );
  const stored = new Map<string, StoredReading[]>();
  for (const { meter } of await store.meters()) {
    const rows: StoredReading[] = [];
    for await (const batch of store.raw({ meter, from: 0, to: Date.now() }))
      for (const { t, r } of batch) rows.push({ t, value: r["1-0:1.8.0"] ?? Number.NaN });
    stored.set(meter, rows);
  }
  return judge(
    devices.map((device) => device.ledger),
    (meter) => stored.get(meter) ?? [],
  );
}

test("after a kill -9 of each of the five under load, every acknowledged reading is in QuestDB exactly once", async () => {
  const restart = async (name: Name): Promise<void> => {
    await services.get(name)?.kill();
    await startService(name);
  };
  const kills: (() => Promise<void>)[] = [
    () => restart("broker"),
    () => restart("loader"),
    async () => {
      await questdb.kill();
      questdb = await questdb.restart();
    },
    async () => {
      await kafka.kill();
      kafka = await kafka.restart();
    },
    () => restart("api"),
  ];
  let turn = 0;
  const load = setInterval(() => devices[turn++ % DEVICES]?.measure(), 1000 / READINGS_PER_SECOND);
  try {
    for (const kill of kills) {
      await new Promise((resolve) => setTimeout(resolve, BETWEEN_KILLS_MS));
      await kill();
    }
  } finally {
    clearInterval(load);
  }
  await Promise.all(devices.map((device) => device.settled()));
  const acknowledged = devices.reduce((sum, { ledger }) => sum + ledger.acknowledged.size, 0);
  expect(acknowledged).toBeGreaterThan(500);
  await until("the loader to be done", async () => (await judgeStore()).stored >= acknowledged, 60_000);
  expect(await judgeStore()).toEqual({
    acknowledged,
    stored: acknowledged,
    lost: 0,
    doubled: 0,
    invented: 0,
  });
}, 180_000);

test("the API, a process of its own, serves what came in, and each service ends cleanly when it is told to", async () => {
  const headers = await adminHeaders({
    SMP_STORE: "questdb",
    QUESTDB_URL: questdb.url,
    QUESTDB_PG_URL: questdb.pgUrl,
  });
  const response = await fetch(`http://127.0.0.1:${ports.api}/v1/meters`, { headers });
  const { meters } = (await response.json()) as { meters: { id: string }[] };
  expect(meters.map(({ id }) => id).toSorted()).toEqual(devices.map(({ ledger }) => ledger.meter).toSorted());
  for (const [name, service] of services)
    expect([name, await service.stop(), service.output()]).toEqual([name, 0, expect.any(String)]);
});
