import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addDevice } from "@smp/certs";
import { startEdge } from "@smp/edge";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readConfig, startPlatform, type Platform } from "../start.ts";
import { until } from "./support/platform-process.ts";

// start.ts's own wiring on free ports: real TLS, real broker, real DuckDB file, real decoder, real journal.
let dir: string;
let platform: Platform;
const logger = pino({ level: "silent" });
const get = async <T>(path: string): Promise<T> => {
  const response = await fetch(platform.httpUrl + path);
  expect(response.status, path).toBe(200);
  return (await response.json()) as T;
};

interface Latest {
  meter: string;
  t: number;
  time: string;
  power_w: number | null;
  registers: Record<string, { value: number; unit: string | null }>;
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "smp-pipeline-"));
  platform = await startPlatform(
    readConfig({ SMP_DATA_DIR: dir, SMP_HTTP_PORT: "0", SMP_MQTT_PORT: "0", SMP_MQTT_HOST: "127.0.0.1" }),
    logger,
  );
});
afterAll(async () => {
  await platform.close();
  await rm(dir, { recursive: true, force: true });
});

describe("the simulated meter", () => {
  test("arrives in the API through decryption, journal, MQTT over mutual TLS, ingest and store", async () => {
    await until("the first reading", async () => (await get<{ meters: unknown[] }>("/v1/meters")).meters.length > 0);
    const { meters } = await get<{ meters: { id: string; device: string }[] }>("/v1/meters");
    expect(meters[0]).toMatchObject({ device: "simulated-kaifa" });
    const latest = await get<Latest>(`/v1/meters/${meters[0]!.id}/latest`);
    expect(Object.keys(latest.registers)).toEqual(expect.arrayContaining(["1-0:1.8.0", "1-0:2.8.0", "1-0:1.7.0", "1-0:32.7.0"]));
    expect(latest.registers["1-0:32.7.0"]!.value).toBeGreaterThan(200);
    expect(Date.now() - latest.t).toBeLessThan(15_000);
  });

  test("flows on as server-sent events, each newer than the one before", async () => {
    const { meters } = await get<{ meters: { id: string }[] }>("/v1/meters");
    const stop = new AbortController();
    const response = await fetch(`${platform.httpUrl}/v1/meters/${meters[0]!.id}/live`, { signal: stop.signal });
    expect(response.headers.get("content-type")).toContain("text/event-stream");
    const times: number[] = [];
    let text = "";
    for await (const chunk of response.body!) {
      text += Buffer.from(chunk as Uint8Array).toString();
      times.splice(0, times.length, ...[...text.matchAll(/event: reading\n(?:id: .*\n)?data: (.*)\n|data: (\{"meter.*)\n/g)].map((match) => (JSON.parse(match[1] ?? match[2] ?? "{}") as Latest).t));
      if (times.length >= 2) break;
    }
    stop.abort();
    expect(times[1]).toBeGreaterThan(times[0]!);
  });
});

describe("real captures of the Kaifa MA309M", () => {
  test.each(["at-netznoe-ma309-doc", "at-ksmwest-ma309-anon"])("%s: every register to the last digit", async (name) => {
    const vector = JSON.parse(await readFile(new URL(`../edge/test/fixtures/telegrams/${name}.json`, import.meta.url), "utf8")) as {
      key_hex: string;
      frames_hex: string;
      expected: { timestamp_utc: string; obis: Record<string, { value: number | string; unit: string }>; untagged?: unknown[] };
    };
    const capture = join(dir, `${name}.hex`);
    await writeFile(capture, vector.frames_hex);
    const { files } = await addDevice({ dir: join(dir, "pki"), id: name });
    const edge = await startEdge(
      {
        dataDirectory: join(dir, name),
        broker: { url: `mqtts://localhost:${platform.mqttPort}`, certificates: join(files.cert, "..") },
        journal: { daysMax: 30, bytesMax: 2 ** 24, drain: "oldest-first", drainPerSecond: 10 },
        meters: [{ name: "capture", source: { kind: "replay", path: capture }, key: { hex: vector.key_hex }, timeZone: "Europe/Vienna", intervalSeconds: 0 }],
      },
      { log: logger },
    );
    await edge.finished;
    await edge.close();

    const texts = Object.values(vector.expected.obis).filter(({ unit }) => unit === "text").map(({ value }) => String(value));
    const number = texts[0] ?? (vector.expected.untagged ?? []).find((entry) => typeof entry === "string");
    const latest = await get<Latest>(`/v1/meters/${name}.${String(number)}/latest`);
    expect(latest.t).toBe(Date.parse(vector.expected.timestamp_utc));
    const expected = Object.entries(vector.expected.obis)
      .filter(([, { value }]) => typeof value === "number")
      .map(([code, { value }]) => [code.replace(/^(\d+)\.(\d+)\.(\d+)\.(\d+)\.(\d+)\.255$/, "$1-$2:$3.$4.$5"), value] as const);
    expect(expected.length).toBeGreaterThanOrEqual(11);
    expect(Object.fromEntries(Object.entries(latest.registers).map(([code, { value }]) => [code, value]))).toEqual(Object.fromEntries(expected));
  });
});

test("a restart goes on with the same data", async () => {
  const before = await get<{ meters: { id: string }[] }>("/v1/meters");
  await platform.close();
  platform = await startPlatform(
    readConfig({ SMP_DATA_DIR: dir, SMP_HTTP_PORT: "0", SMP_MQTT_PORT: "0", SMP_MQTT_HOST: "127.0.0.1", SMP_SIMULATE: "false" }),
    logger,
  );
  const after = await get<{ meters: { id: string }[] }>("/v1/meters");
  expect(after.meters.map(({ id }) => id)).toEqual(before.meters.map(({ id }) => id));
});

test("a taken port is named with the variable to set, and nothing stays behind", async () => {
  const port = new URL(platform.httpUrl).port;
  const other = await mkdtemp(join(tmpdir(), "smp-taken-"));
  const taken = (environment: Record<string, string>): Promise<Platform> =>
    startPlatform(readConfig({ SMP_DATA_DIR: other, SMP_MQTT_HOST: "127.0.0.1", SMP_SIMULATE: "false", ...environment }), logger);
  await expect(taken({ SMP_HTTP_PORT: port, SMP_MQTT_PORT: "0" })).rejects.toThrow(/SMP_HTTP_PORT/);
  await expect(taken({ SMP_HTTP_PORT: "0", SMP_MQTT_PORT: String(platform.mqttPort) })).rejects.toThrow(/SMP_MQTT_PORT/);
  // The store's lock was given back: the same folder opens.
  const free = await taken({ SMP_HTTP_PORT: "0", SMP_MQTT_PORT: "0" });
  await free.close();
  await rm(other, { recursive: true, force: true });
});
