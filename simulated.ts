import { randomBytes } from "node:crypto";
import { mkdir, open, readFile, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { DevelopmentPki } from "@smp/certs";
import { simulatedTransport, startEdge, type Edge } from "@smp/edge";
import type { Logger } from "pino";

export interface SimulatedEdgePorts {
  /** Ports of the broker, and of the enrolment server if it runs. */
  mqtt: number;
  est: number | undefined;
  pki: DevelopmentPki;
  logger: Logger;
}

/** A household's Kaifa MA309M that does not exist, read by the edge as a real one would be. */
export async function startSimulatedEdge(
  device: string,
  { dataDir, api }: { dataDir: string; api: { timeZone: string } },
  { mqtt, est, pki, logger }: SimulatedEdgePorts,
): Promise<Edge> {
  const keyFile = join(dataDir, "edge", "simulated-meter.key");
  const key = await keepKey(keyFile);
  const certificates = dirname(pki.devices[device]?.cert ?? "");
  return await startEdge(
    {
      dataDirectory: join(dataDir, "edge"),
      broker: {
        url: `mqtts://localhost:${mqtt}`,
        certificates,
        ...(est !== undefined && { renewalUrl: `https://localhost:${est}` }),
      },
      journal: { daysMax: 30, bytesMax: 64 * 2 ** 20, drain: "oldest-first", drainPerSecond: 10 },
      meters: [{ name: "simulated", key: { file: keyFile }, timeZone: api.timeZone, intervalSeconds: 0 }],
    },
    { log: logger, transports: { simulated: simulatedTransport({ key, pvKwp: 5 }) } },
  );
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
