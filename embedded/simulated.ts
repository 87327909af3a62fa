import { randomBytes } from "node:crypto";
import { mkdir, open, readFile, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { registerSimulated } from "@smp/api";
import type { DevelopmentPki } from "@smp/certs";
import { simulatedTransport, startEdge, type Edge, type Transport } from "@smp/edge";
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

interface EdgeSettings extends Omit<Settings, "simulate"> {
  /** Begin with what the meter counted before, as if the platform had been away: there are charts to look at at once. */
  withPast: boolean;
}

/** The house that does not exist, if one is wanted: until it is closed. */
export interface SimulatedHouse {
  start(ports: SimulatedEdgePorts): Promise<void>;
  close(): Promise<void>;
}

/** Asks whether the house is known, or was deleted; its meter is read from `start` on. */
export async function openSimulatedHouse(
  store: Store,
  device: string,
  { simulate, ...settings }: Settings,
): Promise<SimulatedHouse> {
  const again = simulate === true;
  const before = simulate ? await registerSimulated(store, device, { now: Date.now(), again }) : "deleted";
  let edge: Edge | undefined;
  return {
    async start(ports) {
      if (before === "deleted") return;
      edge = await startSimulatedEdge(device, { ...settings, withPast: before === "nothing" }, ports);
    },
    close: async () => await edge?.close(),
  };
}

/** Quarter hours for the charts of days and months, then minutes for that of the last hour. */
const PAST = [
  { fromMs: 28 * DAY_MS, toMs: 2 * HOUR_MS, intervalMs: QUARTER_HOUR_MS },
  { fromMs: 2 * HOUR_MS, toMs: 0, intervalMs: HOUR_MS / 60 },
];

const CHUNKS_TOGETHER = 20;
/** A disk that takes nothing must not hold up the start. */
const PAST_MS_MAX = 10_000;

/** A Kaifa MA309M, read by the edge as a real one would be. */
async function startSimulatedEdge(
  device: string,
  { dataDir, api, withPast }: EdgeSettings,
  { mqtt, est, pki, logger }: SimulatedEdgePorts,
): Promise<Edge> {
  const keyFile = join(dataDir, "edge", "simulated-meter.key");
  const key = await keepKey(keyFile);
  const house = { key, pvKwp: 5 };
  const meter = { key: { file: keyFile }, timeZone: api.timeZone, intervalSeconds: 0 };
  const edge = {
    device,
    dataDirectory: join(dataDir, "edge"),
    journal: { daysMax: 30, bytesMax: 64 * 2 ** 20, drain: "newest-first" as const, drainPerSecond: 10 },
  };
  const now = Date.now();
  for (const { fromMs, toMs, intervalMs } of withPast ? PAST : []) {
    const range = { fromMs: now - fromMs, toMs: now - toMs, intervalMs, pace: "fast" as const };
    const transports = { past: inLargeChunks(simulatedTransport({ ...house, ...range })) };
    const past = await startEdge(
      { ...edge, meters: [{ ...meter, name: "past" }] },
      { log: logger, transports },
    );
    try {
      await Promise.race([past.finished, wait(PAST_MS_MAX, undefined, { ref: false })]);
    } finally {
      await past.close();
    }
  }
  const broker = {
    url: `mqtts://localhost:${mqtt}`,
    certificates: dirname(pki.devices[device]?.cert ?? ""),
    ...(est !== undefined && { renewalUrl: `https://localhost:${est}` }),
  };
  return await startEdge(
    { ...edge, broker, meters: [{ ...meter, name: "simulated" }] },
    { log: logger, transports: { simulated: simulatedTransport(house) } },
  );
}

/** The journal waits for the disk once a chunk: that is some twenty telegrams here, not one. */
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
  const part = `${path}.part`;
  const file = await open(part, "w", 0o600);
  try {
    await file.writeFile(`${key}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(part, path);
  return key;
}
