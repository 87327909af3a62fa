import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import { userInfo } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { freePort, spawnPlatform, until } from "../../tests/support/platform-process.ts";
import type { BareJob } from "./bare.ts";

/** What the load is put on, and which processes work for it. */
export interface Target {
  name: string;
  port: number;
  /** Names and process ids, whose CPU time is counted. */
  processes: Record<string, number>;
  /** The one of them that devices are connected to. */
  broker: number;
  /** Messages that were acknowledged but refused by content, which would make the figure a lie. */
  rejected(): Promise<number>;
  close(): Promise<void>;
}

export interface Places {
  /** Root of the repository. */
  root: URL;
  /** Another checkout, whose build is run. */
  checkout?: string;
  dir: string;
  /** Folder with ca.crt, services/broker and devices. */
  pki: string;
}

/** Each broker's main thread is on the one core, and generator, subscriber and Kafka on the other; threads that help go anywhere. */
export const BROKER_CORE = "0";
export const OTHER_CORE = "1";
const pin = (pid: number, core: string): void =>
  void execFileSync("taskset", ["-acp", core, String(pid)], { stdio: "ignore" });
const pinMainThread = (pid: number): void =>
  void execFileSync("taskset", ["-cp", BROKER_CORE, String(pid)], { stdio: "ignore" });

async function rejectedAt(url: string): Promise<number> {
  const metrics = await (await fetch(url)).text();
  return [...metrics.matchAll(/^smp_broker_rejected_total\S* (\d+)/gm)].reduce(
    (sum, [, count]) => sum + Number(count),
    0,
  );
}

async function platform(
  name: string,
  command: string,
  { pki, dir, checkout }: Places,
  settings: Record<string, string>,
  { others = {}, isAlone = true }: { others?: Record<string, number>; isAlone?: boolean } = {},
): Promise<Target> {
  const port = await freePort();
  const http = await freePort();
  const data = mkdtempSync(path.join(dir, `${command}-`));
  const profile = process.env["BENCH_PROFILE"];
  const environment = {
    SMP_DATA_DIR: data,
    SMP_PKI_DIR: pki,
    SMP_MQTT_HOST: "127.0.0.1",
    SMP_MQTT_PORT: String(port),
    SMP_HTTP_PORT: String(http),
    SMP_HEALTH_PORT: String(http),
    SMP_SIMULATE: "false",
    SMP_MQTT_SESSIONS_PER_IDENTITY_MAX: "100",
    SMP_LOG_LEVEL: "error",
    ...settings,
  };
  const nodeArgs = ["--max-semi-space-size=64"]; // as `npm start` and compose.yaml have it
  if (command === "broker") nodeArgs.push("--use-largepages=silent"); // compose.yaml only
  if (profile !== undefined)
    nodeArgs.push("--cpu-prof", `--cpu-prof-dir=${path.join(profile, path.basename(data))}`);
  const child = await spawnPlatform(environment, `http://127.0.0.1:${http}/healthz`, [command], {
    nodeArgs,
    ...(checkout !== undefined && { checkout }),
  });
  if (isAlone) pinMainThread(child.pid);
  return {
    name: checkout === undefined ? name : `${name} @ ${path.basename(checkout)}`,
    port,
    processes: { platform: child.pid, ...others },
    broker: child.pid,
    rejected: () => rejectedAt(`http://127.0.0.1:${http}/metrics`),
    close: async () => void (await child.stop()),
  };
}

/** All in one process: a PUBACK means that DuckDB has committed, which it does in threads of its own. */
export const embedded = (places: Places): Promise<Target> => platform("embedded DuckDB", "start", places, {});

/** Broker and ingest: a PUBACK means that Kafka has it (acks -1). No loader runs. */
export const kafka = (places: Places): Promise<Target> => onKafka("Kafka", places, 1);

/** The same in two processes behind one port, on both cores as all the rest. */
export async function kafka2(places: Places): Promise<Target> {
  const target = await onKafka("Kafka, 2 processes", places, 2);
  const first = target.broker;
  const children = readFileSync(`/proc/${first}/task/${first}/children`, "utf8").trim().split(" ");
  const [one = 0, two = 0] = children.map(Number);
  return { ...target, broker: one, processes: { ...target.processes, "process 1": one, "process 2": two } };
}

/** As Kafka's own start script runs it. With a heap that grows it marked it again and again. */
const KAFKA_JVM = [
  "-Xms1g",
  "-Xmx1g",
  "-XX:+UseG1GC",
  "-XX:MaxGCPauseMillis=20",
  "-XX:InitiatingHeapOccupancyPercent=35",
  "-XX:+ExplicitGCInvokesConcurrent",
];

async function onKafka(name: string, places: Places, processes: number): Promise<Target> {
  const url = new URL("scripts/stack/servers.js", places.root).href;
  const { startKafka } = (await import(url)) as typeof import("../../scripts/stack/servers.js");
  const server = await startKafka({ dir: mkdtempSync(path.join(places.dir, "kafka-")), jvm: KAFKA_JVM });
  const isAlone = processes === 1;
  if (isAlone) pin(server.pid, OTHER_CORE);
  const target = await platform(
    name,
    "broker",
    places,
    { KAFKA_BROKERS: server.brokers, SMP_MQTT_PROCESSES: String(processes) },
    { others: { kafka: server.pid }, isAlone },
  );
  return {
    ...target,
    close: async () => {
      await target.close();
      await server.kill();
    },
  };
}

/** Aedes and mutual TLS alone: the floor under everything that is built on them. */
export async function bare({ pki }: Places): Promise<Target> {
  const job: BareJob = { pki };
  const profile = process.env["BENCH_PROFILE"];
  const profiling =
    profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${path.join(profile, "bare")}`];
  // The bundle that this runs in is also the broker's program.
  const child = spawn(process.execPath, [...profiling, fileURLToPath(import.meta.url)], {
    env: { ...process.env, BENCH_BARE: JSON.stringify(job) },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let port = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    port = Number(line);
    break;
  }
  pinMainThread(child.pid ?? 0);
  return {
    name: "Aedes alone",
    port,
    processes: { broker: child.pid ?? 0 },
    broker: child.pid ?? 0,
    rejected: () => Promise.resolve(0),
    close: () => ended(child, "SIGTERM"),
  };
}

/** Debian's mosquitto with persistence, and a persistent QoS 1 subscriber that takes everything. */
export async function mosquitto({ dir, pki }: Places): Promise<Target> {
  const port = await freePort();
  const home = path.join(dir, "mosquitto");
  mkdirSync(home);
  const file = path.join(home, "mosquitto.conf");
  const service = path.join(pki, "services/broker");
  const lines = [
    `listener ${port} 127.0.0.1`,
    `cafile ${pki}/ca.crt`,
    `certfile ${service}/server.crt`,
    `keyfile ${service}/server.key`,
    "require_certificate true",
    "use_identity_as_username true",
    "allow_anonymous true",
    "persistence true",
    `persistence_location ${home}/`,
    "max_queued_messages 0",
    "max_inflight_messages 1000",
    // Without it every answer waits for the other side's delayed acknowledgement, and mosquitto would look slower than it is.
    "set_tcp_nodelay true",
    `user ${userInfo().username}`,
  ];
  writeFileSync(file, `${lines.join("\n")}\n`);
  const broker = spawn("mosquitto", ["-c", file], { stdio: "ignore" });
  await until("mosquitto to listen", () => accepts(port));
  pin(broker.pid ?? 0, BROKER_CORE);
  const device = path.join(pki, "devices/subscriber");
  const tls = [
    "--cafile",
    `${pki}/ca.crt`,
    "--cert",
    `${device}/client.crt`,
    "--key",
    `${device}/client.key`,
  ];
  const subscriber = spawn(
    "taskset",
    ["-c", OTHER_CORE, "mosquitto_sub", "-h", "127.0.0.1", "-p", String(port), ...tls].concat([
      "-i",
      "subscriber",
      "-c",
      "-q",
      "1",
      "-t",
      "sm/v1/#",
      "-N",
    ]),
    { stdio: "ignore" },
  );
  return {
    name: "mosquitto",
    port,
    processes: { mosquitto: broker.pid ?? 0, subscriber: subscriber.pid ?? 0 },
    broker: broker.pid ?? 0,
    rejected: () => Promise.resolve(0),
    close: async () => {
      await Promise.all([ended(subscriber), ended(broker)]);
    },
  };
}

async function ended(child: ChildProcess, signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
  const exit = new Promise((resolve) => child.once("exit", resolve));
  child.kill(signal);
  await exit;
}

const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = createConnection(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });

/** User and system time of a process so far, or of one thread (`pid/task/tid`), in seconds. */
export function cpuSeconds(process: number | string): number {
  const fields = readFileSync(`/proc/${process}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  // Fields 14 and 15 of proc(5), counted in ticks of 10 ms.
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Memory of a process that is in RAM, in bytes. */
export function residentBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) * 1_024;
}
