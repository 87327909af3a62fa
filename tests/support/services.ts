import { execFile } from "node:child_process";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { addDevice } from "@smp/certs";
import {
  startKafka,
  startQuestdb,
  type KafkaServer,
  type QuestdbServer,
} from "../../scripts/stack/servers.js";
import type { LoadDevice } from "./load-device.ts";
import { addLoadDevices, makePki } from "./load-devices.ts";
import { METER_KEY, MeterLine } from "./meter-line.ts";
import { freePort, spawnPlatform, type PlatformProcess } from "./platform-process.ts";

const PROCESSES = ["broker", "loader", "api", "edge"] as const;
type ProcessName = (typeof PROCESSES)[number];
export type ServiceName = ProcessName | "kafka" | "questdb";

/** The set-up of compose.yaml as processes, with servers and a meter reader of its own, each of which can be killed. */
export class Services {
  readonly dir: string;
  readonly line: MeterLine;
  readonly #ports: Record<ProcessName | "mqtt", number>;
  readonly #processes = new Map<ProcessName, PlatformProcess>();
  #kafka: KafkaServer;
  #questdb: QuestdbServer;

  private constructor(
    dir: string,
    ports: Record<ProcessName | "mqtt", number>,
    parts: { kafka: KafkaServer; questdb: QuestdbServer; line: MeterLine },
  ) {
    this.dir = dir;
    this.#ports = ports;
    this.line = parts.line;
    this.#kafka = parts.kafka;
    this.#questdb = parts.questdb;
  }

  static async start(dir: string): Promise<Services> {
    const ports = { mqtt: 0, broker: 0, loader: 0, api: 0, edge: 0 };
    for (const name of Object.keys(ports) as (keyof typeof ports)[]) ports[name] = await freePort();
    const pki = await makePki(dir);
    await addDevice({ dir: pki, id: "edge" });
    await writeFile(path.join(dir, "meter.key"), METER_KEY);
    await chmod(path.join(dir, "meter.key"), 0o600);
    await mkdir(path.join(dir, "edge-data"));
    const [kafka, questdb, line] = await Promise.all([
      startKafka({ dir: path.join(dir, "kafka") }),
      startQuestdb({ dir: path.join(dir, "questdb") }),
      MeterLine.open(),
    ]);
    const services = new Services(dir, ports, { kafka, questdb, line });
    for (const name of PROCESSES) await services.#spawn(name);
    return services;
  }

  /** Environment by which the store is found. */
  get storeEnvironment(): Record<string, string> {
    return { SMP_STORE: "questdb", QUESTDB_URL: this.#questdb.url, QUESTDB_PG_URL: this.#questdb.pgUrl };
  }

  get apiUrl(): string {
    return `http://127.0.0.1:${this.#ports.api}`;
  }

  addLoadDevices(count: number): Promise<LoadDevice[]> {
    return addLoadDevices(count, { pki: path.join(this.dir, "pki"), port: this.#ports.mqtt });
  }

  /** SIGKILL, and until it is gone. */
  async kill(name: ServiceName): Promise<void> {
    if (name === "kafka") await this.#kafka.kill();
    else if (name === "questdb") await this.#questdb.kill();
    else await this.#processes.get(name)?.kill();
    if (name === "edge") this.line.readerEnds();
  }

  /** Starts a killed one again; resolves when it is ready. */
  async revive(name: ServiceName): Promise<void> {
    if (name === "kafka") this.#kafka = await this.#kafka.restart();
    else if (name === "questdb") this.#questdb = await this.#questdb.restart();
    else await this.#spawn(name);
  }

  /** Resident memory of a process in bytes. */
  async residentBytes(name: ProcessName): Promise<number> {
    const { stdout } = await promisify(execFile)("ps", [
      "-o",
      "rss=",
      "-p",
      String(this.#processes.get(name)?.pid),
    ]);
    return Number(stdout) * 1024;
  }

  /** Tells each process to end, as an operator does; the exit codes. */
  async stop(): Promise<Record<string, number | null>> {
    const ended = [...this.#processes].map(async ([name, process]) => [name, await process.stop()] as const);
    return Object.fromEntries(await Promise.all(ended));
  }

  /** What the processes wrote last, for a test's message. */
  output(): string {
    return [...this.#processes]
      .map(([name, process]) => `--- ${name}\n${process.output().slice(-3_000)}`)
      .join("\n");
  }

  async close(): Promise<void> {
    await Promise.all([...this.#processes.values()].map((process) => process.kill()));
    await Promise.all([this.#kafka.kill(), this.#questdb.kill(), this.line.close()]);
  }

  async #spawn(name: ProcessName): Promise<void> {
    const ports = this.#ports;
    const own: Record<ProcessName, { args: string[]; settings: Record<string, string> }> = {
      broker: {
        args: ["broker"],
        settings: { SMP_MQTT_HOST: "127.0.0.1", SMP_MQTT_PORT: String(ports.mqtt) },
      },
      loader: { args: ["load"], settings: this.storeEnvironment },
      api: { args: ["api"], settings: { ...this.storeEnvironment, SMP_HTTP_PORT: String(ports.api) } },
      edge: {
        args: ["edge", "--tcp", `127.0.0.1:${this.line.port}`, "--http", String(ports.edge)],
        settings: {
          SMP_DATA_DIR: path.join(this.dir, "edge-data"),
          SMP_KEY_FILE: path.join(this.dir, "meter.key"),
          SMP_CERT_DIR: path.join(this.dir, "pki/devices/edge"),
          MQTT_URL: `mqtts://127.0.0.1:${ports.mqtt}`,
          SMP_DRAIN_PER_SECOND: "100",
        },
      },
    };
    const { args, settings } = own[name];
    const environment = {
      SMP_DATA_DIR: this.dir,
      SMP_LOG_LEVEL: "error",
      SMP_HEALTH_PORT: String(ports[name]),
      KAFKA_BROKERS: this.#kafka.brokers,
      ...settings,
    };
    // Alive, not ready: a part must come up, and stay up, while the others are away.
    const alive = `http://127.0.0.1:${ports[name]}/${name === "edge" ? "metrics" : "healthz"}`;
    this.#processes.set(name, await spawnPlatform(environment, alive, args));
  }
}
