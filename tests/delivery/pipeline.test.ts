import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readConfig } from "../../embedded/config.ts";
import { startPlatform, type Platform } from "../../start.ts";
import { CAPTURES, replayCapture, valuesOf } from "../support/captures.ts";
import { until } from "../support/platform-process.ts";

// start.ts's own wiring on free ports: real TLS, real broker, real DuckDB file, real decoder, real journal.
let dir: string;
let platform: Platform;
const logger = pino({ level: "silent" });
const get = async <T>(path: string): Promise<T> => {
  const response = await fetch(platform.httpUrl + path, {
    headers: { authorization: `Bearer ${platform.adminToken}` },
  });
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
    await until(
      "the first reading",
      async () => (await get<{ meters: unknown[] }>("/v1/meters")).meters.length > 0,
    );
    const { meters } = await get<{ meters: { id: string; device: string }[] }>("/v1/meters");
    expect(meters[0]).toMatchObject({ device: "simulated-kaifa" });
    let latest!: Latest;
    await until("a reading of now", async () => {
      latest = await get<Latest>(`/v1/meters/${meters[0]!.id}/latest`);
      return Date.now() - latest.t < 15_000;
    });
    expect(Object.keys(latest.registers)).toEqual(
      expect.arrayContaining(["1-0:1.8.0", "1-0:2.8.0", "1-0:1.7.0", "1-0:32.7.0"]),
    );
    expect(latest.registers["1-0:32.7.0"]!.value).toBeGreaterThan(200);
  });

  test("has counted for four weeks at the first start, without a gap", async () => {
    const { meters } = await get<{ meters: { id: string }[] }>("/v1/meters");
    const day = (ago: number): string => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10);
    const path = `/v1/meters/${meters[0]!.id}/energy?resolution=day&from=${day(26)}&to=${day(1)}`;
    type Day = { coverage: number; quality: string; import_kwh: number | null };
    let buckets: Day[] = [];
    await until("the last weeks", async () => {
      ({ buckets } = await get<{ buckets: Day[] }>(path));
      return buckets.every(({ coverage }) => coverage === 1);
    });
    expect(buckets).toHaveLength(25);
    for (const { quality, import_kwh } of buckets) {
      expect(quality).toBe("measured");
      expect(import_kwh).toBeGreaterThan(1);
    }
  });

  test("flows on as server-sent events, each newer than the one before", async () => {
    const { meters } = await get<{ meters: { id: string }[] }>("/v1/meters");
    const stop = new AbortController();
    const response = await fetch(`${platform.httpUrl}/v1/meters/${meters[0]!.id}/live`, {
      signal: stop.signal,
    });
    expect(response.headers.get("content-type")).toContain("text/event-stream");
    const times: number[] = [];
    let text = "";
    for await (const chunk of response.body!) {
      text += Buffer.from(chunk as Uint8Array).toString();
      times.splice(
        0,
        times.length,
        ...[...text.matchAll(/event: reading\n(?:id: .*\n)?data: (.*)\n|data: (\{"meter.*)\n/g)].map(
          (match) => (JSON.parse(match[1] ?? match[2] ?? "{}") as Latest).t,
        ),
      );
      if (times.length >= 2) break;
    }
    stop.abort();
    expect(times[1]).toBeGreaterThan(times[0]!);
  });
});

describe("real captures of the Kaifa MA309M", () => {
  test.each(CAPTURES)("%s: every register to the last digit", async (name) => {
    const expected = await replayCapture(name, { dir, pki: join(dir, "pki"), mqttPort: platform.mqttPort });
    const latest = await get<Latest>(`/v1/meters/${expected.meter}/latest`);
    expect(latest.t).toBe(expected.t);
    expect(Object.keys(expected.registers).length).toBeGreaterThanOrEqual(11);
    expect(valuesOf(latest)).toEqual(expected.registers);
  });
});

test("deleted, the simulated meter goes and sends no more", async () => {
  const ids = async (): Promise<string[]> =>
    (await get<{ meters: { id: string }[] }>("/v1/meters")).meters.map(({ id }) => id);
  const simulated = (await ids()).find((id) => id.startsWith("simulated-kaifa"))!;
  const sessions = async (): Promise<string | undefined> => {
    const metrics = await (await fetch(`${platform.httpUrl}/metrics`)).text();
    return /^smp_broker_sessions\{role="device"\} (\d+)$/m.exec(metrics)?.[1];
  };
  expect(await sessions()).toBe("1");
  const gone = await fetch(`${platform.httpUrl}/v1/meters/${simulated}`, {
    method: "DELETE",
    headers: { authorization: `Bearer ${platform.adminToken}` },
  });
  expect(gone.status).toBe(202);
  await until("its edge to be gone", async () => (await sessions()) === "0");
  expect(await ids()).not.toContain(simulated);
});

test("a restart goes on with the same data", async () => {
  const before = await get<{ meters: { id: string }[] }>("/v1/meters");
  await platform.close();
  platform = await startPlatform(
    readConfig({
      SMP_DATA_DIR: dir,
      SMP_HTTP_PORT: "0",
      SMP_MQTT_PORT: "0",
      SMP_MQTT_HOST: "127.0.0.1",
      SMP_SIMULATE: "false",
    }),
    logger,
  );
  const after = await get<{ meters: { id: string }[] }>("/v1/meters");
  expect(after.meters.map(({ id }) => id)).toEqual(before.meters.map(({ id }) => id));
});

test("a taken port is named with the variable to set, and nothing stays behind", async () => {
  const port = new URL(platform.httpUrl).port;
  const other = await mkdtemp(join(tmpdir(), "smp-taken-"));
  const taken = (environment: Record<string, string>): Promise<Platform> =>
    startPlatform(
      readConfig({ SMP_DATA_DIR: other, SMP_MQTT_HOST: "127.0.0.1", SMP_SIMULATE: "false", ...environment }),
      logger,
    );
  await expect(taken({ SMP_HTTP_PORT: port, SMP_MQTT_PORT: "0" })).rejects.toThrow(/SMP_HTTP_PORT/);
  await expect(taken({ SMP_HTTP_PORT: "0", SMP_MQTT_PORT: String(platform.mqttPort) })).rejects.toThrow(
    /SMP_MQTT_PORT/,
  );
  // The store's lock was given back: the same folder opens.
  const free = await taken({ SMP_HTTP_PORT: "0", SMP_MQTT_PORT: "0" });
  await free.close();
  await rm(other, { recursive: true, force: true });
});
