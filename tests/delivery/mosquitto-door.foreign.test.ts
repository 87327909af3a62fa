import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { openStore, readConfig } from "@smp/store";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { LoadDevice } from "../support/load-device.ts";
import { openLoadDevice } from "../support/load-devices.ts";
import { startMosquitto, type Mosquitto } from "../support/mosquitto.ts";
import { judge, type StoredReading } from "../support/oracle.ts";
import { until } from "../support/platform-process.ts";

// The client door as a process of its own behind Debian's mosquitto, with the configuration of the documentation.
const run = promisify(execFile);
const program = fileURLToPath(new URL("../support/door-process.js", import.meta.url));
const page = new URL("../../docs/operate/other-brokers.md", import.meta.url);
const KILLS = 5;
const DEVICES = 5;
const READINGS_PER_SECOND = 300;

let dir: string;
let mosquitto: Mosquitto;
const devices: LoadDevice[] = [];
const doors: Door[] = [];

class Door {
  readonly #id: string;
  readonly #share: string | undefined;
  #child: ChildProcess | undefined;
  output = "";

  constructor(id: string, share?: string) {
    this.#id = id;
    this.#share = share;
    doors.push(this);
  }

  get dataDir(): string {
    return join(dir, this.#id);
  }

  async start(): Promise<void> {
    const child = spawn(process.execPath, [program], {
      env: {
        ...process.env,
        MQTT_URL: `mqtts://127.0.0.1:${mosquitto.port}`,
        SMP_CERT_DIR: join(mosquitto.pki, "consumers/smp-bridge"),
        SMP_BRIDGE_CLIENT_ID: this.#id,
        ...(this.#share !== undefined && { SMP_BRIDGE_SHARE: this.#share }),
        SMP_DATA_DIR: this.dataDir,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child = child;
    let isReady = false;
    child.stdout.on("data", (chunk: Buffer) => (isReady = chunk.toString().includes("ready")));
    child.stderr.on("data", (chunk: Buffer) => (this.output += chunk.toString()));
    await until("the door to be ready", () => {
      if (child.exitCode !== null) throw new Error(this.output);
      return Promise.resolve(isReady);
    }).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${this.output}`);
    });
  }

  async end(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, "exit");
  }
}

/** The rows of several stores, one after the other. */
async function storedIn(all: readonly Door[]): Promise<Map<string, StoredReading[]>> {
  const stored = new Map<string, StoredReading[]>();
  for (const { dataDir } of all) {
    const store = await openStore(readConfig({ SMP_DATA_DIR: dataDir }));
    for (const { meter } of await store.meters())
      for await (const batch of store.raw({ meter, from: 0, to: Number.MAX_SAFE_INTEGER }))
        for (const { t, r } of batch)
          stored.set(meter, [...(stored.get(meter) ?? []), { t, value: r["1-0:1.8.0"] ?? Number.NaN }]);
    await store.close();
  }
  return stored;
}

async function addLoad(): Promise<() => void> {
  for (let index = 0; index < DEVICES; index++) {
    const id = `load-${index}`;
    devices.push(await openLoadDevice(await mosquitto.device(id), { id, port: mosquitto.port }));
  }
  let count = 0;
  const timer = setInterval(() => devices[count++ % DEVICES]?.measure(), 1_000 / READINGS_PER_SECOND);
  return () => clearInterval(timer);
}

/** A reading behind all others: when a door has it, it has taken what was queued before. */
async function drained(all: readonly Door[]): Promise<void> {
  await Promise.all(devices.map((device) => device.settled()));
  const acknowledged = devices.reduce((sum, { ledger }) => sum + ledger.acknowledged.size, 0);
  await until(`${acknowledged} readings in the stores`, async () => {
    // The store file is of one process: ask it by ending the door in order and starting it again.
    for (const door of all) await door.end("SIGTERM");
    const stored = [...(await storedIn(all)).values()].reduce(
      (sum, rows) => sum + new Set(rows.map(({ t }) => t)).size,
      0,
    );
    if (stored >= acknowledged) return true;
    for (const door of all) await door.start();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    return false;
  });
}

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "smp-door-"));
  const [, configuration = ""] = /```conf\n([\s\S]*?)```/.exec(await readFile(page, "utf8")) ?? [];
  mosquitto = await startMosquitto(dir, configuration);
});
afterEach(async () => {
  await Promise.all(devices.splice(0).map((device) => device.close()));
  await Promise.all(doors.splice(0).map((door) => door.end("SIGKILL")));
  await mosquitto.stop();
  await rm(dir, { recursive: true, force: true });
});

test("a reading of mosquitto_pub arrives in the store, a mistake comes back on the error topic, and nobody writes for another", async () => {
  const door = new Door("smp-bridge");
  await door.start();
  const bundle = dirname((await mosquitto.device("kitchen")).cert);
  const tls = ["-h", "127.0.0.1", "-p", String(mosquitto.port), "--cafile", join(bundle, "ca.crt")];
  tls.push("--cert", join(bundle, "client.crt"), "--key", join(bundle, "client.key"));
  const publish = (topic: string, payload: string) =>
    run("mosquitto_pub", [...tls, "-q", "1", "-t", topic, "-m", payload], { timeout: 10_000 });
  const listener = spawn("mosquitto_sub", [
    ...tls,
    ..."-i ear -t sm/v1/kitchen/error -C 1 -W 20 -d".split(" "),
  ]);
  let heard = "";
  listener.stdout.on("data", (chunk: Buffer) => (heard += chunk.toString()));
  await publish("sm/v1/kitchen/reading", '{"v":1,"t":1780000000000,"r":{"1-0:1.8.0":7}}');
  await publish("sm/v1/garage/reading", '{"v":1,"t":1780000000000,"r":{"1-0:1.8.0":666}}');
  await until("the problem", async () => {
    if (heard.includes("invalid-json")) return true;
    await publish("sm/v1/kitchen/reading", '{"v":1,');
    return false;
  });
  await door.end("SIGTERM");
  const stored = await storedIn([door]);
  expect([...stored]).toEqual([["kitchen", [{ t: 1_780_000_000_000, value: 7 }]]]);
});

test(`after ${KILLS} kill -9 of the door under load, every acknowledged reading is in the store exactly once`, async () => {
  const door = new Door("smp-bridge");
  await door.start();
  const stopLoad = await addLoad();
  for (let kill = 0; kill < KILLS; kill++) {
    await new Promise((resolve) => setTimeout(resolve, 500 + kill * 170));
    await door.end("SIGKILL");
    await door.start();
  }
  stopLoad();
  await drained([door]);
  const stored = await storedIn([door]);
  const verdict = judge(
    devices.map(({ ledger }) => ledger),
    (meter) => stored.get(meter) ?? [],
  );
  expect(verdict, door.output).toMatchObject({ lost: 0, doubled: 0, invented: 0 });
  expect(verdict.acknowledged).toBeGreaterThan(KILLS * 100);
}, 120_000);

test("two doors share the readings; those of a killed one reach the other", async () => {
  const [left, right] = [new Door("door-left", "smp"), new Door("door-right", "smp")];
  await left.start();
  await right.start();
  const stopLoad = await addLoad();
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  await left.end("SIGKILL");
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  await left.start();
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  stopLoad();
  await drained([left, right]);
  const ledgers = devices.map(({ ledger }) => ledger);
  const both = await storedIn([left, right]);
  // Each door has a store of its own here: what came again after the kill may be in both.
  const verdict = judge(ledgers, (meter) => both.get(meter) ?? []);
  expect(verdict).toMatchObject({ lost: 0, invented: 0 });
  for (const door of [left, right]) {
    const own = await storedIn([door]);
    const { stored, doubled } = judge(ledgers, (meter) => own.get(meter) ?? []);
    expect(doubled, door.dataDir).toBe(0);
    expect(stored, door.dataDir).toBeGreaterThan(100);
  }
}, 120_000);
