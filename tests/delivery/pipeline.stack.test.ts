import { mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ensureDevelopmentPki } from "@smp/certs";
import { Kafka, logLevel } from "kafkajs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { adminHeaders } from "../support/admin-token.ts";
import { CAPTURES, replayCapture, valuesOf } from "../support/captures.ts";
import { blocksOf } from "../support/page-blocks.ts";
import { pageShell } from "../support/page-shell.ts";
import { freePort, spawnPlatform, until, type PlatformProcess } from "../support/platform-process.ts";

// The production set-up, one process each, over real Kafka and real QuestDB: `npm run test:stack` starts them. What is started, and
// with which settings, is read from docs/operate/production.md.
const PAGE = blocksOf("docs/operate/production.md").map(({ code }) => code);
const COMMANDS =
  PAGE.find((code) => code.includes("node dist/smp.js broker"))
    ?.trim()
    .split("\n") ?? [];
const BACKUP = PAGE.find((code) => code.includes("loader backup")) ?? "";
const REPLAY = PAGE.find((code) => code.includes("--reset-offsets")) ?? "";
const FIRST_DEVICE = PAGE.find((code) => code.includes("device add kitchen")) ?? "";
/** Of this machine: the page's values for them are replaced. */
const PLACES = ["KAFKA_BROKERS", "QUESTDB_URL", "QUESTDB_PG_URL", "SMP_DATA_DIR", "SMP_HEALTH_PORT"];

/** The settings and the command of a line such as `A=b node dist/smp.js load`. */
function commandOf(line: string): { settings: Record<string, string>; command: string } {
  const words = line.split(" ");
  const named = words
    .filter((word) => word.includes("="))
    .map((word) => word.split("=", 2) as [string, string]);
  const settings = Object.fromEntries(named.filter(([name]) => !PLACES.includes(name)));
  for (const [name] of named.filter(([known]) => known.startsWith("KAFKA_") || known.startsWith("QUESTDB_")))
    expect(process.env[name], name).toBeDefined();
  return { settings, command: words.at(-1) ?? "" };
}

let dir: string;
let mqttPort: number;
let httpUrl: string;
let headers: { authorization: string };
let common: Record<string, string>;
const processes: PlatformProcess[] = [];
/** Starts the process of a line of the page again. */
let start: (line: string) => Promise<PlatformProcess>;
const run = `run-${Date.now().toString(36)}`;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "smp-stack-"));
  await ensureDevelopmentPki({ dir: join(dir, "pki"), hostnames: [], devices: [], consumers: [] });
  mqttPort = await freePort();
  httpUrl = `http://127.0.0.1:${await freePort()}`;
  common = {
    SMP_DATA_DIR: dir,
    SMP_KAFKA_TOPIC_PREFIX: `${run}.`,
    SMP_KAFKA_GROUP: run,
    SMP_LOG_LEVEL: "warn",
    SMP_MQTT_HOST: "127.0.0.1",
    SMP_MQTT_PORT: String(mqttPort),
    SMP_HTTP_PORT: new URL(httpUrl).port,
  };
  expect(COMMANDS).toHaveLength(3);
  start = async (line) => {
    const { settings, command } = commandOf(line);
    const health = await freePort();
    const ready = command === "api" ? httpUrl : `http://127.0.0.1:${health}`;
    const environment = { ...common, ...settings, SMP_HEALTH_PORT: String(health) };
    return await spawnPlatform(environment, `${ready}/readyz`, [command]);
  };
  for (const line of COMMANDS) processes.push(await start(line));
  common["SMP_STORE"] = "questdb";
  headers = await adminHeaders(common);
}, 120_000);
afterAll(async () => {
  for (const process of processes.toReversed()) expect(await process.stop(), process.output()).toBe(0);
  await rm(dir, { recursive: true, force: true });
}, 60_000);

describe("real captures of the Kaifa MA309M through Kafka and QuestDB", () => {
  test.each(CAPTURES)("%s: every register to the last digit", async (name) => {
    const expected = await replayCapture(name, { dir, pki: join(dir, "pki"), mqttPort });
    const url = `${httpUrl}/v1/meters/${expected.meter}/latest`;
    await until("the loader to have stored it", async () => (await fetch(url, { headers })).ok);
    let latest = (await (await fetch(url, { headers })).json()) as {
      t: number;
      registers: Record<string, { value: number }>;
    };
    await until("all registers to be visible", async () => {
      latest = (await (await fetch(url, { headers })).json()) as typeof latest;
      return Object.keys(latest.registers).length >= Object.keys(expected.registers).length;
    });
    expect(latest.t).toBe(expected.t);
    expect(valuesOf(latest)).toEqual(expected.registers);
  });
});

test("the page's first device gets its certificate, and the operator's token asks the API", async () => {
  const shell = await pageShell(dir, common, {
    "docker compose run --rm provision": "npx smp",
    "docker compose run --rm api": "npx smp",
    "http://127.0.0.1:8080": httpUrl,
    "curl -H": "curl -sS --fail-with-body -H",
    "data/": "",
  });
  await mkdir(join(dir, "secrets"));
  const said = await shell.type(FIRST_DEVICE).done();
  expect(said).toMatch(/^mosquitto_pub .*kitchen/m);
  expect(said).toContain('"meters":[{"id":');
  expect((await stat(join(dir, "secrets/admin.token"))).mode & 0o777).toBe(0o600);
}, 60_000);

test("the page's backup is made while the platform goes on, and read back", async () => {
  const home = join(dir, "at-home");
  await mkdir(home);
  const shell = await pageShell(home, common, {
    'docker compose run --rm -v "$PWD/data/backup:/backup" loader': "npx smp",
    " /backup/": " data/backup/",
  });
  expect(await shell.type(BACKUP).done()).toMatch(/ readings, .*: checked\./);
}, 60_000);

test("the page's replay: the group goes back to the beginning, the loader reads all again, and nothing changes", async () => {
  const { meters } = (await (await fetch(`${httpUrl}/v1/meters`, { headers })).json()) as {
    meters: { id: string }[];
  };
  const meter = meters.find(({ id }) => id.startsWith(CAPTURES[0]))?.id ?? "none";
  const url = `${httpUrl}/v1/meters/${meter}/readings?from=2000-01-01&to=2100-01-01&format=csv`;
  const readings = async (): Promise<string> => await (await fetch(url, { headers })).text();
  const before = await readings();
  expect(before.trim().split("\n").length).toBeGreaterThan(1);
  const kafka = new Kafka({
    brokers: (process.env["KAFKA_BROKERS"] ?? "").split(","),
    logLevel: logLevel.NOTHING,
  });
  const [admin, topic] = [kafka.admin(), `${run}.smp.readings.v1`];
  await admin.connect();
  const read = async (): Promise<number> => {
    const [of] = await admin.fetchOffsets({ groupId: run, topics: [topic] });
    return (of?.partitions ?? []).reduce((sum, { offset }) => sum + Math.max(0, Number(offset)), 0);
  };
  const all = (await admin.fetchTopicOffsets(topic)).reduce((sum, { high }) => sum + Number(high), 0);
  expect(all).toBeGreaterThan(0);
  await until("the loader to have read all", async () => (await read()) === all);

  const home = join(dir, "replay");
  await mkdir(join(home, "data/secrets"), { recursive: true });
  await writeFile(join(home, "data/secrets/questdb_password"), "secret");
  const player = fileURLToPath(new URL("../support/docker-player.js", import.meta.url));
  const shell = await pageShell(
    home,
    {},
    { "127.0.0.1:9092": process.env["KAFKA_BROKERS"] ?? "", "smp-load": run, "smp.readings.v1": topic },
    { docker: `exec "${process.execPath}" "${player}" "$@"` },
  );
  const [stop = "", reset = "", again = ""] = REPLAY.replaceAll("\\\n", " ").trim().split("\n");
  // Kafka's own word, while a loader reads.
  expect(await shell.type(reset).done()).toMatch(/inactive/);
  await shell.type(stop).done();
  expect(await processes[1]?.stop()).toBe(0);
  expect(await shell.type(reset).done()).toMatch(new RegExp(`${run}\\s+${topic}\\s+\\d+\\s+0\\b`));
  expect(await read()).toBe(0);
  await shell.type(again).done();
  processes[1] = await start(COMMANDS[1] ?? "");
  await until("the loader to have read all again", async () => (await read()) === all);
  expect(await readings()).toBe(before);
  await admin.disconnect();
}, 120_000);
