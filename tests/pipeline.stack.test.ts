import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureDevelopmentPki } from "@smp/certs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { adminHeaders } from "./support/admin-token.ts";
import { CAPTURES, replayCapture, valuesOf } from "./support/captures.ts";
import { freePort, spawnPlatform, until, type PlatformProcess } from "./support/platform-process.ts";

// The production set-up, one process each, over real Kafka and real QuestDB: `npm run test:stack` starts them.
let dir: string;
let mqttPort: number;
let httpUrl: string;
let headers: { authorization: string };
const processes: PlatformProcess[] = [];
const run = `run-${Date.now().toString(36)}`;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "smp-stack-"));
  await ensureDevelopmentPki({ dir: join(dir, "pki"), hostnames: [], devices: [], consumers: [] });
  mqttPort = await freePort();
  httpUrl = `http://127.0.0.1:${await freePort()}`;
  const common = {
    SMP_DATA_DIR: dir,
    SMP_STORE: "questdb",
    SMP_KAFKA_TOPIC_PREFIX: `${run}.`,
    SMP_KAFKA_GROUP: run,
    SMP_LOG_LEVEL: "warn",
  };
  const health = async (): Promise<{ SMP_HEALTH_PORT: string; url: string }> => {
    const port = await freePort();
    return { SMP_HEALTH_PORT: String(port), url: `http://127.0.0.1:${port}/readyz` };
  };
  const broker = await health();
  const load = await health();
  processes.push(
    await spawnPlatform(
      { ...common, ...broker, SMP_MQTT_HOST: "127.0.0.1", SMP_MQTT_PORT: String(mqttPort) },
      broker.url,
      ["broker"],
    ),
  );
  processes.push(await spawnPlatform({ ...common, ...load }, load.url, ["load"]));
  processes.push(
    await spawnPlatform({ ...common, SMP_HTTP_PORT: new URL(httpUrl).port }, `${httpUrl}/readyz`, ["api"]),
  );
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
