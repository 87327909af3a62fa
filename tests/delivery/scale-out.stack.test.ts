import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { addConsumer, addDevice, type BundleFiles } from "@smp/certs";
import { readingTopic } from "@smp/schemas";
import { openStore, readConfig, type Store } from "@smp/store";
import type { MqttClient } from "mqtt";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  startKafka,
  startQuestdb,
  type KafkaServer,
  type QuestdbServer,
} from "../../scripts/stack/servers.js";
import { familiesOf } from "../support/exposition.ts";
import type { LoadDevice } from "../support/load-device.ts";
import { addLoadDevices, makePki } from "../support/load-devices.ts";
import { connectClient } from "../support/mqtt-client.ts";
import { judge, type StoredReading, type Verdict } from "../support/oracle.ts";
import { freePort, spawnPlatform, until, type PlatformProcess } from "../support/platform-process.ts";
import { random } from "../support/random.ts";
import { TcpBalancer } from "../support/tcp-balancer.ts";

// docs/operate/growing.md as processes: two brokers behind a TCP balancer, two loaders in one group.
const DEVICES = 12;
const READINGS_PER_SECOND = 200;
const seed = Number(process.env["SEED"] ?? 1);

interface Member {
  command: string;
  health: number;
  settings: Record<string, string>;
  process?: PlatformProcess;
}
let dir: string;
let pki: string;
let kafka: KafkaServer;
let questdb: QuestdbServer;
let store: Store;
let balancer: TcpBalancer;
const members: Member[] = [];
const devices: LoadDevice[] = [];

async function start(member: Member): Promise<void> {
  const { command, health, settings } = member;
  const environment = {
    SMP_DATA_DIR: dir,
    SMP_LOG_LEVEL: "error",
    SMP_HEALTH_PORT: String(health),
    KAFKA_BROKERS: kafka.brokers,
    ...settings,
  };
  member.process = await spawnPlatform(environment, `http://127.0.0.1:${health}/healthz`, [command]);
}

beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), "smp-scale-out-"));
  [kafka, questdb] = await Promise.all([
    startKafka({ dir: path.join(dir, "kafka") }),
    startQuestdb({ dir: path.join(dir, "questdb") }),
  ]);
  pki = await makePki(dir);
  const database = { SMP_STORE: "questdb", QUESTDB_URL: questdb.url, QUESTDB_PG_URL: questdb.pgUrl };
  const mqtt = [await freePort(), await freePort()];
  for (const port of mqtt)
    members.push({
      command: "broker",
      health: await freePort(),
      settings: { SMP_MQTT_HOST: "127.0.0.1", SMP_MQTT_PORT: String(port) },
    });
  for (let loader = 0; loader < 2; loader++)
    members.push({ command: "load", health: await freePort(), settings: database });
  for (const member of members) await start(member);
  const port = await freePort();
  balancer = await TcpBalancer.open(mqtt, port);
  store = await openStore(readConfig(database));
  devices.push(...(await addLoadDevices(DEVICES, { pki, port })));
}, 180_000);

afterAll(async () => {
  await Promise.all(devices.map((device) => device.close()));
  await balancer.close();
  await store.close();
  await Promise.all(members.map(async ({ process }) => process?.kill()));
  await Promise.all([kafka.stop(), questdb.stop()]);
  await rm(dir, { recursive: true, force: true });
}, 60_000);

const connect = (clientId: string, files: BundleFiles, { settings }: Member): Promise<MqttClient> =>
  connectClient(files, { port: Number(settings["SMP_MQTT_PORT"]), clientId });

async function judgeAll(): Promise<Verdict> {
  await store.settled();
  const stored = new Map<string, StoredReading[]>();
  for (const { meter } of await store.meters()) {
    const rows: StoredReading[] = [];
    for await (const batch of store.raw({ meter, from: 0, to: Date.now() + 86_400_000 }))
      for (const { t, r } of batch) rows.push({ t, value: r["1-0:1.8.0"] ?? Number.NaN });
    stored.set(meter, rows);
  }
  return judge(
    devices.map(({ ledger }) => ledger),
    (meter) => stored.get(meter) ?? [],
  );
}

test("what a device sends to another broker is not missing at the first when it comes back", async () => {
  const [first, second] = members as [Member, Member];
  const tap = await connect("tap", (await addConsumer({ dir: pki, id: "tap" })).files, first);
  const shown: number[] = [];
  tap.on("message", (_topic, payload) => shown.push((JSON.parse(payload.toString()) as { t: number }).t));
  await tap.subscribeAsync("live/v1/wanderer");
  const { files } = await addDevice({ dir: pki, id: "wanderer" });
  const startMs = Date.now();
  const send = async (broker: Member, ...sequences: number[]): Promise<void> => {
    const device = await connect("wanderer", files, broker);
    for (const s of sequences) {
      const reading = JSON.stringify({ v: 1, t: startMs + s, s, r: { "1-0:16.7.0": s } });
      await device.publishAsync(readingTopic("wanderer"), reading, { qos: 1 });
    }
    await device.endAsync();
  };
  await send(first, 1);
  await send(second, 2, 3);
  await until("the first broker to hear of it", () => Promise.resolve(shown.includes(startMs + 3)));
  await send(first, 4);
  const figures = await (await fetch(`http://127.0.0.1:${first.health}/metrics`)).text();
  expect(familiesOf(figures).get("smp_ingest_missing_readings")?.get("smp_ingest_missing_readings")).toBe(0);
  await tap.endAsync();
});

test(`two brokers and two loaders, one of each killed under load and one of each for good: nothing is lost, nothing doubled (seed ${seed})`, async () => {
  const chance = random(seed);
  const [firstBroker, secondBroker, firstLoader, secondLoader] = members as [Member, Member, Member, Member];
  const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1_500 + chance() * 1_000));
  let turn = 0;
  const load = setInterval(() => devices[turn++ % DEVICES]?.measure(), 1_000 / READINGS_PER_SECOND);
  try {
    await pause();
    expect(balancer.taken.every((connections) => connections > 0)).toBe(true);
    await firstBroker.process?.kill();
    await pause();
    await secondLoader.process?.kill();
    await pause();
    await start(firstBroker);
    await start(secondLoader);
    await pause();
    // These do not come back: the other ones carry all.
    await secondBroker.process?.kill();
    await firstLoader.process?.kill();
    await pause();
  } finally {
    clearInterval(load);
  }
  await Promise.all(devices.map((device) => device.settled()));
  const acknowledged = devices.reduce((sum, { ledger }) => sum + ledger.acknowledged.size, 0);
  const ended = performance.now();
  await until("the loader to be done", async () => (await judgeAll()).stored >= acknowledged, 90_000);
  const drainedMs = Math.round(performance.now() - ended);
  process.stdout.write(`${acknowledged} acknowledged, loaded ${drainedMs} ms after the last PUBACK\n`);
  expect(await judgeAll()).toEqual({ acknowledged, stored: acknowledged, lost: 0, doubled: 0, invented: 0 });
  expect(acknowledged).toBeGreaterThan(500);
}, 240_000);
