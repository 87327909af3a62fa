import { once } from "node:events";
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addService, initCa } from "@smp/certs";
import { pino } from "pino";
import { expect, onTestFinished, test } from "vitest";
import { openFilesMax, withinFiles } from "../../services/process/open-files.ts";
import { freePort, until } from "../support/platform-process.ts";

const silent = pino({ level: "silent" });

test("connections are as many as wanted where files are plenty, and leave some for the rest where they are few", async () => {
  const within = async (kind: "devices" | "clients", wanted: number, files: number): Promise<number> =>
    (await withinFiles(kind, { limits: { connectionsMax: wanted } }, silent, files)).limits.connectionsMax;
  expect(await within("devices", 15_000, 65_536)).toBe(15_000);
  expect(await within("devices", 15_000, Infinity)).toBe(15_000);
  expect((await within("devices", 15_000, 1_000)) + (await within("clients", 2_000, 1_000))).toBe(800);
  expect(await openFilesMax("/no/such/file")).toBe(Infinity);
});

test("what still takes a thousand connections is told to operators, and not to a household", async () => {
  const levels: number[] = [];
  const write = (line: string): void => void levels.push((JSON.parse(line) as { level: number }).level);
  const config = { limits: { connectionsMax: 15_000 } };
  for (const files of [20_000, 1_000]) await withinFiles("devices", config, pino({}, { write }), files);
  expect(levels).toEqual([30, 40]);
});

test("a broker that may open few files refuses connections in time, and still says how it is", async () => {
  const dir = await mkdtemp(join(tmpdir(), "smp-files-"));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  await initCa({ dir: join(dir, "pki") });
  await addService({ dir: join(dir, "pki"), id: "broker", hostnames: ["localhost"] });
  const [mqtt, health] = [await freePort(), await freePort()];
  const child = spawn("sh", ["-c", "ulimit -n 100; exec node dist/smp.js broker"], {
    env: {
      ...process.env,
      KAFKA_BROKERS: "127.0.0.1:1",
      SMP_DATA_DIR: dir,
      SMP_MQTT_PORT: String(mqtt),
      SMP_HEALTH_PORT: String(health),
      SMP_MQTT_CONNECTIONS_PER_ADDRESS_MAX: "10000",
      SMP_MQTT_CONNECTIONS_PER_ADDRESS_PER_SECOND: "10000",
      SMP_MQTT_CONNECTIONS_PER_ADDRESS_BURST: "10000",
    },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const ended = once(child, "exit");
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const sockets: Socket[] = [];
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    child.kill("SIGKILL");
    await ended;
  });
  const answers = (): Promise<boolean> =>
    fetch(`http://127.0.0.1:${health}/metrics`, { headers: { connection: "close" } }).then(
      ({ ok }) => ok,
      () => false,
    );
  await until("the broker", answers);
  for (let n = 0; n < 150; n++) sockets.push(connect(mqtt, "127.0.0.1").on("error", () => undefined));
  await until("a refusal", async () => said.includes("More than 60 connections"));
  expect(await answers()).toBe(true);
  expect(child.exitCode).toBeNull();
});
