import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { addDevice, addService, initCa } from "@smp/certs";
import { parseDeviceTopic } from "@smp/schemas";
import { expect, test } from "vitest";
import { LoadDevice } from "../support/load-device.ts";
import { judge, type StoredReading } from "../support/oracle.ts";
import { freePort } from "../support/platform-process.ts";

// The crash tests' alarm must ring: the same devices and the same oracle, on a broker that acknowledges too early.
const naiveBroker = fileURLToPath(new URL("../support/naive-broker.js", import.meta.url));
const KILLS = 3;
const READINGS_PER_SECOND = 200;
const BETWEEN_KILLS_MS = 1_300;

test("the crash tests report loss on a bridge that acknowledges before it has stored", async () => {
  const dir = await mkdtemp(join(tmpdir(), "smp-canary-"));
  const pki = join(dir, "pki");
  await initCa({ dir: pki });
  const service = await addService({ dir: pki, id: "broker", hostnames: ["127.0.0.1"] });
  const { files } = await addDevice({ dir: pki, id: "load-0" });
  const [ca, cert, key] = await Promise.all([readFile(files.ca), readFile(files.cert), readFile(files.key)]);
  const file = join(dir, "stored.jsonl");
  const port = await freePort();
  const start = async (): Promise<ChildProcess> => {
    const env = {
      PORT: String(port),
      CERT: service.files.cert,
      KEY: service.files.key,
      CA: service.files.ca,
      FILE: file,
    };
    const child = fork(naiveBroker, { env: { ...process.env, ...env }, execArgv: [] });
    await once(child, "message");
    return child;
  };

  let broker = await start();
  const device = new LoadDevice({ id: "load-0", port, ca, cert, key, startMs: Date.UTC(2026, 0, 1) });
  const load = setInterval(() => device.measure(), 1000 / READINGS_PER_SECOND);
  try {
    for (let kill = 0; kill < KILLS; kill++) {
      await new Promise((resolve) => setTimeout(resolve, BETWEEN_KILLS_MS));
      broker.kill("SIGKILL");
      await once(broker, "exit");
      broker = await start();
    }
    clearInterval(load);
    await device.settled();
    // Long enough for its last write: what is missing now was lost by the kills.
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_KILLS_MS));

    const stored: StoredReading[] = [];
    for (const line of (await readFile(file, "utf8")).trimEnd().split("\n")) {
      const { topic, payload } = JSON.parse(line) as { topic: string; payload: string };
      const { t, r } = JSON.parse(payload) as { t: number; r: Record<string, number> };
      if (parseDeviceTopic(topic)?.device === "load-0")
        stored.push({ t, value: r["1-0:1.8.0"] ?? Number.NaN });
    }
    const verdict = judge([device.ledger], () => stored);
    expect(verdict.acknowledged).toBeGreaterThan(100);
    expect(stored.length).toBeGreaterThan(0);
    expect(verdict.invented).toBe(0);
    expect(verdict.lost).toBeGreaterThan(0);
  } finally {
    clearInterval(load);
    await device.close();
    broker.kill("SIGKILL");
    await rm(dir, { recursive: true, force: true });
  }
}, 60_000);
