import { randomBytes } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { pastIsWhole, registerSimulated } from "@smp/api";
import type { DevelopmentPki } from "@smp/certs";
import { replaceFile } from "@smp/disk";
import {
  simulatedTransport,
  startEdge,
  type Edge,
  type EdgeConfig,
  type MeterConfig,
  type Transport,
} from "@smp/edge";
import { DAY_MS, HOUR_MS, QUARTER_HOUR_MS } from "@smp/schemas";
import type { Store } from "@smp/store";
import type { Logger } from "pino";
import type { PlatformConfig } from "./config.ts";

export interface SimulatedEdgePorts {
  /** Ports of the broker, and of the enrolment server if it runs. */
  mqtt: number;
  est: number | undefined;
  pki: DevelopmentPki;
  logger: Logger;
}

type Settings = Pick<PlatformConfig, "dataDir" | "simulate"> & { api: { timeZone: string } };

/** The house that does not exist, if one is wanted: until it is closed, which it may be while it starts. */
export interface SimulatedHouse {
  start(ports: SimulatedEdgePorts): Promise<void>;
  close(): Promise<void>;
}

/** Asks whether the house is known, or was deleted; its meter is read from `start` on. */
export async function openSimulatedHouse(
  store: Pick<Store, "documents" | "putDocument">,
  device: string,
  { simulate, ...settings }: Settings,
): Promise<SimulatedHouse> {
  const again = simulate === true;
  const before = simulate ? await registerSimulated(store, device, { now: Date.now(), again }) : "deleted";
  const closing = new AbortController();
  const { signal } = closing;
  let starting: Promise<Edge | undefined> | undefined;

  async function begin(ports: SimulatedEdgePorts): Promise<Edge | undefined> {
    const house = await householdOf(device, settings);
    if (before === "nothing" && (await makePast(house, ports.logger, signal)))
      await pastIsWhole(store, device, Date.now());
    return signal.aborted ? undefined : await readMeter(house, ports);
  }
  return {
    async start(ports) {
      if (before === "deleted" || signal.aborted) return;
      starting = begin(ports);
      await starting;
    },
    async close() {
      closing.abort();
      const edge = await starting?.catch(() => undefined); // `start` tells it
      await edge?.close();
    },
  };
}

/** The household, its meter, and the edge that reads it. */
interface Household {
  house: { key: string; pvKwp: number };
  meter: Omit<MeterConfig, "name">;
  edge: Omit<EdgeConfig, "meters"> & { device: string };
}

async function householdOf(device: string, { dataDir, api }: Omit<Settings, "simulate">): Promise<Household> {
  const dataDirectory = join(dataDir, "edge");
  const keyFile = join(dataDirectory, "simulated-meter.key");
  return {
    house: { key: await keepKey(keyFile), pvKwp: 5 },
    meter: { key: { file: keyFile }, timeZone: api.timeZone, intervalSeconds: 0 },
    edge: {
      device,
      dataDirectory,
      journal: { daysMax: 30, bytesMax: 64 * 2 ** 20, drain: "newest-first", drainPerSecond: 10 },
    },
  };
}

/** Quarter hours for the charts of days and months, then minutes for that of the last hour. */
const PAST = [
  { fromMs: 28 * DAY_MS, toMs: 2 * HOUR_MS, intervalMs: QUARTER_HOUR_MS },
  { fromMs: 2 * HOUR_MS, toMs: 0, intervalMs: HOUR_MS / 60 },
];

const CHUNKS_TOGETHER = 200;
/** A disk that takes nothing must not hold up the start. */
const PAST_MS_MAX = 10_000;

/**
 * Puts what the meter counted before into the journal, as if the platform had been away: there are charts to look at at once.
 * Instants and counters follow from the time, so that what is made again after a kill is the same. Answers whether it is whole.
 */
async function makePast(
  { house, meter, edge }: Household,
  log: Logger,
  signal: AbortSignal,
): Promise<boolean> {
  const now = Date.now();
  let isWhole = true;
  for (const { fromMs, toMs, intervalMs } of PAST) {
    if (signal.aborted) return false;
    const range = { fromMs: now - fromMs, toMs: now - toMs, intervalMs, pace: "fast" as const };
    const transports = { past: inLargeChunks(simulatedTransport({ ...house, ...range })) };
    const past = await startEdge({ ...edge, meters: [{ ...meter, name: "past" }] }, { log, transports });
    const over = wait(PAST_MS_MAX, false, { ref: false, signal }).catch(() => false);
    try {
      isWhole = (await Promise.race([past.finished.then(() => true), over])) && isWhole;
    } finally {
      await past.close();
    }
  }
  return isWhole;
}

/** A Kaifa MA309M, read by the edge as a real one would be. */
async function readMeter(
  { house, meter, edge }: Household,
  { mqtt, est, pki, logger }: SimulatedEdgePorts,
): Promise<Edge> {
  const broker = {
    url: `mqtts://localhost:${mqtt}`,
    certificates: dirname(pki.devices[edge.device]?.cert ?? ""),
    ...(est !== undefined && { renewalUrl: `https://localhost:${est}` }),
  };
  return await startEdge(
    { ...edge, broker, meters: [{ ...meter, name: "simulated" }] },
    { log: logger, transports: { simulated: simulatedTransport(house) } },
  );
}

/**
 * The journal waits for the disk once a chunk: that is many telegrams here, not one. An SD card takes 80 ms each time, and with more than
 * a hundred the past would not be whole in time, at no start.
 */
function inLargeChunks(transport: Transport): Transport {
  const bytes = async function* (signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
    let waiting: Uint8Array[] = [];
    for await (const chunk of transport.bytes(signal)) {
      waiting.push(chunk);
      if (waiting.length < CHUNKS_TOGETHER) continue;
      yield Buffer.concat(waiting);
      waiting = [];
    }
    yield Buffer.concat(waiting);
  };
  return { ...transport, bytes };
}

/** The simulated meter's key: random, made once, kept as a real one must be. One that a full disk cut off is made anew. */
export async function keepKey(path: string): Promise<string> {
  try {
    const kept = (await readFile(path, "utf8")).trim();
    if (/^[0-9a-f]{32}$/i.test(kept)) return kept;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  const key = randomBytes(16).toString("hex");
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await replaceFile(path, `${key}\n`, 0o600);
  return key;
}
