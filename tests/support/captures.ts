import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { addDevice } from "@smp/certs";
import { startEdge } from "@smp/edge";
import { pino } from "pino";

/** Real captures of the Kaifa MA309M in both dialects, with the values that the meter meant. */
export const CAPTURES = ["at-netznoe-ma309-doc", "at-ksmwest-ma309-anon"] as const;

export interface Expected {
  meter: string;
  t: number;
  registers: Record<string, number>;
}

interface Vector {
  key_hex: string;
  frames_hex: string;
  expected: {
    timestamp_utc: string;
    obis: Record<string, { value: number | string; unit: string }>;
    untagged?: unknown[];
  };
}

/** Replays a capture through a real edge into a broker, until everything is acknowledged; returns what must be found then. */
export async function replayCapture(
  name: string,
  options: { dir: string; pki: string; mqttPort: number },
): Promise<Expected> {
  const path = new URL(`../../edge/test/fixtures/telegrams/${name}.json`, import.meta.url);
  const { key_hex: hex, frames_hex: frames, expected } = JSON.parse(await readFile(path, "utf8")) as Vector;
  const capture = join(options.dir, `${name}.hex`);
  await writeFile(capture, frames);
  const { files } = await addDevice({ dir: options.pki, id: name });
  const edge = await startEdge(
    {
      dataDirectory: join(options.dir, name),
      broker: { url: `mqtts://localhost:${options.mqttPort}`, certificates: dirname(files.cert) },
      journal: { daysMax: 30, bytesMax: 2 ** 24, drain: "oldest-first", drainPerSecond: 10 },
      meters: [
        {
          name: "capture",
          source: { kind: "replay", path: capture },
          key: { hex },
          timeZone: "Europe/Vienna",
          intervalSeconds: 0,
        },
      ],
    },
    { log: pino({ level: "silent" }) },
  );
  await edge.finished;
  await edge.close();
  const texts = Object.values(expected.obis).flatMap(({ unit, value }) => (unit === "text" ? [value] : []));
  const number = texts[0] ?? (expected.untagged ?? []).find((entry) => typeof entry === "string");
  return {
    meter: `${name}.${String(number)}`,
    t: Date.parse(expected.timestamp_utc),
    registers: Object.fromEntries(
      Object.entries(expected.obis).flatMap(([code, { value }]) =>
        typeof value === "number"
          ? [[code.replace(/^(\d+)\.(\d+)\.(\d+)\.(\d+)\.(\d+)\.255$/, "$1-$2:$3.$4.$5"), value]]
          : [],
      ),
    ),
  };
}

/** Register codes to values, of an answer of `/v1/meters/{id}/latest`. */
export const valuesOf = (latest: { registers: Record<string, { value: number }> }): Record<string, number> =>
  Object.fromEntries(Object.entries(latest.registers).map(([code, { value }]) => [code, value]));
