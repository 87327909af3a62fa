import { existsSync } from "node:fs";
import { mkdtemp, open, readdir, readFile, rm, stat, writeFile, type FileHandle } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DAY_MS, HOUR_MS } from "@smp/schemas";
import type { EnergySeries, MeterList } from "@smp/schemas/api";
import type { RegistryDocument } from "@smp/store";
import { pino } from "pino";
import { expect, onTestFinished, test, vi } from "vitest";
import { keepKey, openSimulatedHouse } from "../../embedded/simulated.ts";
import { freePort, spawnPlatform, until } from "../support/platform-process.ts";

const DEVICE = "simulated-kaifa";

async function folder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "smp-house-"));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

test.each(["", "0011"])(
  "a simulated meter's key that a full disk cut off to %j is made anew, and then kept",
  async (rest) => {
    const path = join(await folder(), "simulated-meter.key");
    await writeFile(path, rest);
    const key = await keepKey(path);
    expect(key).toMatch(/^[0-9a-f]{32}$/);
    expect(await readFile(path, "utf8")).toBe(`${key}\n`);
    expect(await keepKey(path)).toBe(key);
  },
);

/** Documents in memory. */
function memory(): {
  documents: Map<string, RegistryDocument>;
  store: Parameters<typeof openSimulatedHouse>[0];
} {
  const documents = new Map<string, RegistryDocument>();
  const store = {
    documents: (kind: string) =>
      Promise.resolve([...documents.values()].filter((one) => one.kind === kind && one.value !== null)),
    putDocument: (...put: RegistryDocument[]) =>
      Promise.resolve(put.forEach((one) => documents.set(`${one.kind}/${one.id}`, one))),
  };
  return { documents, store };
}

test("deleted before it starts, or while it does, the simulated house does not run", async () => {
  const dataDir = await folder();
  const edge = join(dataDir, "edge");
  const { documents, store } = memory();
  const settings = { dataDir, simulate: true, api: { timeZone: "Europe/Vienna" } };
  const pki = { dir: dataDir, devices: {}, consumers: {} };
  const ports = {
    get mqtt(): never {
      throw new Error("its meter was read");
    },
    est: undefined,
    pki,
    logger: pino({ level: "silent" }),
  } as never;

  const unwanted = await openSimulatedHouse(store, DEVICE, { ...settings, simulate: false });
  await unwanted.start(ports);
  const early = await openSimulatedHouse(store, DEVICE, settings);
  await early.close();
  await early.start(ports);
  expect(existsSync(edge)).toBe(false);

  const house = await openSimulatedHouse(store, DEVICE, settings);
  const started = house.start(ports);
  await until("its past to be made", () => Promise.resolve(existsSync(join(edge, DEVICE, "journal"))));
  await house.close();
  await started;
  expect(documents.get(`simulated-unfinished/${DEVICE}`)?.value).toBe(true);
});

test("its four weeks wait for the disk so seldom that an SD card has them at the first start", async () => {
  const dataDir = await folder();
  const { documents, store } = memory();
  const probe = await open(join(dataDir, "probe"), "w");
  const datasync = vi.spyOn(Object.getPrototypeOf(probe) as FileHandle, "datasync");
  onTestFinished(() => datasync.mockRestore());
  await probe.close();
  const house = await openSimulatedHouse(store, DEVICE, {
    dataDir,
    simulate: true,
    api: { timeZone: "Europe/Vienna" },
  });
  onTestFinished(() => house.close());
  const pki = { dir: dataDir, devices: {}, consumers: {} };
  const ports = { mqtt: 1, est: undefined, pki, logger: pino({ level: "silent" }) } as never;
  // Without a certificate the meter of the present is not read.
  await house.start(ports).catch(() => undefined);
  expect(documents.get(`simulated-unfinished/${DEVICE}`)?.value).toBe(null);
  // Of 80 ms each, and two times ten seconds.
  expect(datasync.mock.calls.length).toBeGreaterThan(10);
  expect(datasync.mock.calls.length).toBeLessThan(60);
});

/** What the journal of the edge holds, bytes. */
async function journalBytes(dataDir: string): Promise<number> {
  const journal = join(dataDir, "edge", DEVICE, "journal");
  const names = await readdir(journal).catch(() => []);
  const sizes = await Promise.all(names.map((name) => stat(join(journal, name)).catch(() => undefined)));
  return sizes.reduce((sum, one) => sum + (one?.size ?? 0), 0);
}

test("killed while its four weeks are made, the simulated house has them whole at the next start, and once", async () => {
  const dataDir = await folder();
  const [http, mqtt, est] = [await freePort(), await freePort(), await freePort()];
  const url = `http://127.0.0.1:${http}`;
  const environment = {
    SMP_DATA_DIR: dataDir,
    SMP_HTTP_PORT: String(http),
    SMP_MQTT_PORT: String(mqtt),
    SMP_MQTT_HOST: "127.0.0.1",
    SMP_EST_PORT: String(est),
  };
  for (const bytesMin of [1, 100_000]) {
    const killed = await spawnPlatform(environment, `${url}/healthz`);
    await until("some of its past", async () => (await journalBytes(dataDir)) >= bytesMin);
    await killed.kill();
  }
  const platform = await spawnPlatform(environment, `${url}/healthz`);
  onTestFinished(() => platform.kill());
  const headers = {
    authorization: `Bearer ${(await readFile(join(dataDir, "admin.token"), "utf8")).trim()}`,
  };
  const get = async <T>(path: string): Promise<T> =>
    (await (await fetch(url + path, { headers })).json()) as T;
  await until("its meter", async () => (await get<MeterList>("/v1/meters")).meters.length === 1);
  const { meters } = await get<MeterList>("/v1/meters");
  const to = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
  const path = `/v1/meters/${meters[0]!.id}/energy?resolution=15m&from=${to - 27 * DAY_MS}&to=${to}`;
  let series!: EnergySeries;
  await until("four weeks without a gap", async () => {
    series = await get<EnergySeries>(path);
    return series.buckets.every(({ coverage }) => coverage === 1);
  });
  const { buckets, total } = series;
  expect(buckets).toHaveLength(27 * 96);
  const sum = buckets.reduce((wh, { import_kwh: kwh }) => wh + Math.round((kwh ?? 0) * 1000), 0);
  expect(sum).toBe(Math.round((total.import_kwh ?? 0) * 1000));
  // A house of 3,500 kWh a year.
  expect(sum / 27 / 1000).toBeGreaterThan(3);
  expect(sum / 27 / 1000).toBeLessThan(20);
  expect(new Set(buckets.map(({ quality }) => quality))).toEqual(new Set(["measured"]));
}, 120_000);
