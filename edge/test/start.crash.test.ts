import { spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { eventually } from "./eventually.ts";
import { simulatedMeter } from "../src/simulator/simulated-meter.ts";
import { scratch, upTo } from "./journal/scratch.ts";
import { scriptedBroker } from "./publisher/scripted-broker.ts";

const MAIN = fileURLToPath(new URL("../dist/main.js", import.meta.url));
const KEY = "36c66639e48a8ca4d6bc8b282a793bbb";
const KILLS = Number(process.env["SMP_KILLS"] ?? 25);
const TELEGRAMS_PER_SECOND = 200;

/** A gateway that sends a new telegram 200 times a second to whoever is connected. */
async function gateway(): Promise<{ port: number; pause: () => void; resume: () => void }> {
  const meter = simulatedMeter({ key: KEY, dialect: "netz-noe" });
  let atMs = Date.UTC(2026, 0, 1);
  let paused = true;
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    const timer = setInterval(() => {
      if (paused) return;
      atMs = meter.nextInstant(atMs);
      for (const { bytes } of meter.telegramAt(atMs).wire.pieces) socket.write(bytes);
    }, 1_000 / TELEGRAMS_PER_SECOND);
    socket.once("close", () => clearInterval(timer));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return {
    port: (server.address() as AddressInfo).port,
    pause: () => (paused = true),
    resume: () => (paused = false),
  };
}

test(`${KILLS} times kill -9 under load: no reading is lost, none is made up, none is sent for ever`, async () => {
  if (!existsSync(MAIN)) throw new Error("not built: run `npm run build` before this test");
  const broker = await scriptedBroker();
  const { port, pause, resume } = await gateway();
  const directory = await scratch();
  const keyFile = join(directory, "meter.key");
  await writeFile(keyFile, KEY, { mode: 0o600 });
  const environment = {
    ...process.env,
    SMP_TCP: `127.0.0.1:${port}`,
    SMP_KEY_FILE: keyFile,
    SMP_DEVICE: "house-7",
    SMP_DATA_DIR: join(directory, "data"),
    MQTT_URL: broker.url,
  };
  let output = "";
  const start = (httpPort = "off"): ChildProcess => {
    const child = spawn(process.execPath, [MAIN], {
      env: { ...environment, SMP_EDGE_HTTP_PORT: httpPort },
      stdio: ["ignore", "ignore", "pipe"],
    });
    child.stderr?.on("data", (chunk: Buffer) => (output = (output + chunk.toString()).slice(-5_000)));
    onTestFinished(() => void child.kill("SIGKILL"));
    return child;
  };
  const exit = (child: ChildProcess): Promise<number | null> =>
    new Promise((resolve) => child.once("exit", resolve));

  for (let kill = 0; kill < KILLS; kill++) {
    const before = broker.readings;
    const child = start();
    resume();
    // A third of the lives begin with a broker that answers nothing.
    broker.answer = kill % 3 === 0 ? "hold" : "ack";
    const progress = (): boolean =>
      broker.answer === "ack" ? broker.readings > before : broker.received.length > 0;
    await eventually(() => expect(progress(), output).toBe(true));
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 400));
    const gone = exit(child);
    child.kill("SIGKILL");
    await gone;
    broker.drop();
  }
  broker.answer = "ack";
  pause();
  output = "";
  const last = start("0");
  const url = await eventually(() => /http:\/\/127\.0\.0\.1:\d+/.exec(output)?.[0] ?? expect.fail(output));
  const health = async (): Promise<unknown> => (await fetch(`${url}/healthz`)).json();
  await eventually(async () => expect(await health()).toMatchObject({ broker: "connected", pending: 0 }));
  const highest = (): number => broker.sequences().reduce((a, b) => Math.max(a, b), 0);
  const gone = exit(last);
  last.kill("SIGTERM");
  expect(await gone, output).toBe(0);

  const readings = broker.acknowledged.flatMap(({ readings: batch }) => batch);
  const times = new Map<number, Set<number>>();
  const deliveries = new Map<number, number>();
  for (const { s = 0, t = 0 } of readings) {
    times.set(s, (times.get(s) ?? new Set()).add(t));
    deliveries.set(s, (deliveries.get(s) ?? 0) + 1);
  }
  expect([...times.keys()].sort((a, b) => a - b)).toEqual(upTo(highest()));
  expect([...times.values()].every((different) => different.size === 1)).toBe(true);
  expect(new Set([...times.values()].flatMap((one) => [...one])).size).toBe(times.size);
  // Acknowledgements are saved every 1,000 or 10 s: a short life may send again what the one before had delivered,
  // but no reading goes out in every life.
  expect(Math.max(...deliveries.values())).toBeLessThan(KILLS / 2);
  expect(times.size).toBeGreaterThan(KILLS * 10);
}, 180_000);
