import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { readKafkaConfig, type Log } from "@smp/bridge";
import { kafkaLog } from "@smp/bridge/kafka";
import { addConsumer, addDevice, revoke, type BundleFiles } from "@smp/certs";
import { liveTopic, readingTopic, statusTopic } from "@smp/schemas";
import type { IClientOptions, MqttClient } from "mqtt";
import { afterAll, beforeAll, expect, test } from "vitest";
import { familiesOf } from "../support/exposition.ts";
import type { LoadDevice } from "../support/load-device.ts";
import { addLoadDevices, makePki } from "../support/load-devices.ts";
import { connectClient } from "../support/mqtt-client.ts";
import { freePort, spawnPlatform, until, type PlatformProcess } from "../support/platform-process.ts";

// `smp broker` with SMP_MQTT_PROCESSES=2 on one port, and Kafka.
const DEVICES = 6;
/** Times that a device comes back: five end four sessions, one more than a single device does within a minute. */
const COMES = 5;
const prefix = `processes-${Date.now().toString(36)}.`;
let dir: string;
let pki: string;
let port: number;
let healthUrl: string;
let broker: PlatformProcess;
let log: Log;
let tapFiles: BundleFiles;
const clients: MqttClient[] = [];
const devices: LoadDevice[] = [];
/** What Kafka holds: of each meter how often a time; of each device what it said of itself. */
const readings = new Map<string, Map<number, number>>();
const statuses = new Map<string, unknown[]>();

async function start(): Promise<void> {
  const environment = {
    SMP_MQTT_PROCESSES: "2",
    SMP_MQTT_HOST: "127.0.0.1",
    SMP_MQTT_PORT: String(port),
    SMP_DATA_DIR: dir,
    SMP_HEALTH_PORT: new URL(healthUrl).port,
    SMP_LOG_LEVEL: "error",
    SMP_KAFKA_TOPIC_PREFIX: prefix,
  };
  broker = await spawnPlatform(environment, `${healthUrl}/healthz`, ["broker"]);
}

async function connect(
  clientId: string,
  files: BundleFiles,
  options: IClientOptions = {},
): Promise<MqttClient> {
  const client = await connectClient(files, { port, clientId, ...options });
  clients.push(client);
  return client;
}

/** Process ids of process 1 and 2. */
const workers = async (): Promise<number[]> =>
  (await readFile(`/proc/${broker.pid}/task/${broker.pid}/children`, "utf8")).trim().split(" ").map(Number);

const isGone = (pid: number): boolean => {
  try {
    return !process.kill(pid, 0);
  } catch {
    return true;
  }
};

const closed = async (client: MqttClient): Promise<void> =>
  void (client.connected && (await once(client as unknown as NodeJS.EventEmitter, "close")));

const figures = async (): Promise<Map<string, Map<string, number>>> =>
  familiesOf(await (await fetch(`${healthUrl}/metrics`)).text());

/** Connected devices of each process. */
async function sessions(role = "device"): Promise<(number | undefined)[]> {
  const samples = (await figures()).get("smp_broker_sessions");
  return [1, 2].map(
    (process) => samples?.get(`smp_broker_sessions{process="${process}",role="${role}"}`) ?? 0,
  );
}

beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), "smp-processes-"));
  pki = await makePki(dir);
  port = await freePort();
  healthUrl = `http://127.0.0.1:${await freePort()}`;
  await start();
  log = kafkaLog(
    readKafkaConfig({ ...process.env, SMP_KAFKA_TOPIC_PREFIX: prefix, SMP_KAFKA_GROUP: `${prefix}test` }),
  );
  void log.consume(async (batch) => {
    for (const { meter, t } of batch.readings) {
      const times = readings.get(meter) ?? new Map<number, number>();
      readings.set(meter, times.set(t, (times.get(t) ?? 0) + 1));
    }
    for (const { device, value } of batch.statuses)
      statuses.set(device, [...(statuses.get(device) ?? []), value]);
  });
});

afterAll(async () => {
  await Promise.all(devices.map((device) => device.close()));
  await Promise.all(clients.map((client) => client.endAsync(true)));
  await broker.kill();
  await log.close();
  await rm(dir, { recursive: true, force: true });
});

const missing = (): number =>
  devices.reduce((sum, { ledger }) => {
    const held = readings.get(ledger.meter);
    return sum + [...ledger.acknowledged].filter((t) => !held?.has(t)).length;
  }, 0);

test("devices are shared out, a tap at any process sees all meters, and Kafka holds what was acknowledged exactly once", async () => {
  tapFiles = (await addConsumer({ dir: pki, id: "tap" })).files;
  const tap = await connect("tap", tapFiles);
  const seen = new Set<string>();
  tap.on("message", (topic) => void seen.add(topic));
  await tap.subscribeAsync("live/v1/#");
  devices.push(...(await addLoadDevices(DEVICES, { pki, port })));
  await until("the devices to be shared out", async () => {
    const [one = 0, two = 0] = await sessions();
    return one + two === DEVICES && Math.abs(one - two) <= 2;
  });
  for (let turn = 0; turn < 50; turn++) for (const device of devices) device.measure();
  await Promise.all(devices.map((device) => device.settled()));
  await until("Kafka's readings", () => Promise.resolve(missing() === 0));
  for (const { ledger } of devices) {
    expect(ledger.acknowledged.size).toBe(50);
    expect([...(readings.get(ledger.meter) ?? [])]).toEqual([...ledger.acknowledged].map((t) => [t, 1]));
  }
  await until("the tap to see all meters", async () => {
    for (const device of devices) device.measure();
    await Promise.all(devices.map((device) => device.settled()));
    return devices.every(({ ledger }) => seen.has(liveTopic(ledger.meter)));
  });
});

test("a tap that comes later, to whichever process, sees the newest reading of every meter at once", async () => {
  await clients[0]?.endAsync();
  await until("nobody to listen", async () => (await sessions("consumer")).every((count) => count === 0));
  for (const device of devices) device.measure();
  await Promise.all(devices.map((device) => device.settled()));
  for (const id of ["tap-1", "tap-2"]) {
    const tap = await connect(id, tapFiles);
    const seen = new Map<string, unknown>();
    tap.on("message", (topic, payload) =>
      seen.set(topic, (JSON.parse(payload.toString()) as { t: number }).t),
    );
    await tap.subscribeAsync("live/v1/#");
    await until(
      "all of them",
      () =>
        Promise.resolve(
          devices.every(
            ({ ledger: { meter, acknowledged } }) => seen.get(liveTopic(meter)) === Math.max(...acknowledged),
          ),
        ),
      5_000,
    );
  }
  expect(await sessions("consumer")).toEqual([1, 1]);
});

test("health and figures are those of both, in Prometheus' format", async () => {
  const ready = (await (await fetch(`${healthUrl}/readyz`)).json()) as unknown;
  expect(ready).toEqual({ ok: true, checks: { broker: { ok: true }, log: { ok: true } } });
  const families = await figures();
  expect(families.get("smp_ready")).toEqual(
    new Map([
      ['smp_ready{part="broker"}', 1],
      ['smp_ready{part="log"}', 1],
    ]),
  );
  expect(families.get("process_resident_memory_bytes")?.size).toBe(3);
  expect(families.get("smp_broker_acknowledge_seconds")?.size).toBe(32);
});

test("a device that comes back at another process ends its old session there, whose will is not heard", async () => {
  const { files } = await addDevice({ dir: pki, id: "wanderer" });
  const topic = statusTopic("wanderer");
  const will = { topic, payload: Buffer.from("offline"), qos: 1, retain: true } as const;
  const before = await sessions();
  let current: MqttClient | undefined;
  // In turn: each comes to the other process.
  for (let time = 0; time < COMES; time++) {
    const older = current;
    current = await connect("wanderer", files, { will });
    await current.publishAsync(topic, "online", { qos: 1, retain: true });
    const reading = JSON.stringify({ v: 1, s: time + 1, r: { "1-0:16.7.0": 1 } });
    await current.publishAsync(readingTopic("wanderer"), reading, { qos: 1 });
    if (older) await closed(older);
  }
  expect((await sessions()).reduce((sum = 0, count = 0) => sum + count)).toBe(
    (before[0] ?? 0) + (before[1] ?? 0) + 1,
  );
  // What it sent to the other one is not missing at the first.
  const missingHere = (await figures()).get("smp_ingest_missing_readings");
  expect([...(missingHere?.values() ?? [])]).toEqual([0, 0]);
  // Two devices with one certificate would do as this one does: each process saw half of it, and both together raise one alarm.
  const alarms = (await figures()).get("smp_broker_clone_alarms_total");
  expect([...(alarms?.values() ?? [])].reduce((sum, count) => sum + count)).toBe(1);
  await until("its reading", () => Promise.resolve(readings.has("wanderer")));
  await until("its status", () => Promise.resolve((statuses.get("wanderer")?.length ?? 0) >= COMES));
  expect(statuses.get("wanderer")).toEqual(Array.from({ length: COMES }, () => "online"));
});

test("a revoked certificate's sessions end at both within a second", async () => {
  const { files } = await addDevice({ dir: pki, id: "lost" });
  const before = await sessions();
  const both = [await connect("", files), await connect("", files)];
  expect(await sessions()).toEqual(before.map((count = 0) => count + 1));
  await revoke("device", { dir: pki, id: "lost" });
  const revokedMs = performance.now();
  await Promise.all(both.map((client) => closed(client)));
  expect(performance.now() - revokedMs).toBeLessThan(1_000);
});

test("one process killed ends the command with 1, and after the next start nothing acknowledged is missing", async () => {
  const load = setInterval(() => devices.forEach((device) => device.measure()), 20);
  try {
    const [victim = 0] = await workers();
    process.kill(victim, "SIGKILL");
    expect(await broker.gone).toBe(1);
    expect(broker.output()).toContain("a process has ended by itself");
    await start();
    // All of them may come to the process that listens first.
    await until("all devices to be back", async () => {
      const [one = 0, two = 0] = await sessions();
      return one + two === DEVICES;
    });
  } finally {
    clearInterval(load);
  }
  await Promise.all(devices.map((device) => device.settled()));
  await until("Kafka's readings", () => Promise.resolve(missing() === 0));
});

test("a process that does not answer is neither ready nor alive, and named", async () => {
  const [, second = 0] = await workers();
  process.kill(second, "SIGSTOP");
  let answer = await fetch(`${healthUrl}/readyz`);
  // An answer counts for half a second.
  while (answer.ok) answer = await fetch(`${healthUrl}/readyz`);
  const living = await fetch(`${healthUrl}/healthz`);
  process.kill(second, "SIGCONT");
  expect(answer.status).toBe(503);
  const detail = "process 2: no answer within 3000 ms";
  expect(await living.text()).toBe(`${detail}\n`);
  expect(living.status).toBe(503);
  expect(await answer.json()).toMatchObject({ checks: { broker: { detail }, log: { detail } } });
});

test("SIGTERM ends all with 0, and kill -9 of the first process the others, too", async () => {
  let pids = await workers();
  expect(await broker.stop()).toBe(0);
  expect(pids.every(isGone)).toBe(true);
  await start();
  pids = await workers();
  expect(pids.some(isGone)).toBe(false);
  await broker.kill();
  await until("the others to end", () => Promise.resolve(pids.every(isGone)), 5_000);
});
