/**
 * CPU time of what the ingest does with one CBOR reading, step by step, each in a loop of its own: least of some rounds.
 *
 * Run: npx rolldown bench/steps.ts --platform node --file dist/bench/steps.js && node dist/bench/steps.js
 */
import { gzipSync } from "node:zlib";
import { encode } from "cborg";
import { decodeMessage } from "../bridge/src/decode/decode.ts";
import { ConnectionLimits } from "../bridge/src/checks/connection-limits.ts";
import { encodeRecords, RecordSet } from "../bridge/src/log/kafka/produce-request.ts";
import { normalise } from "../bridge/src/checks/normalise.ts";
import { Plausibility } from "../bridge/src/checks/plausibility.ts";
import { REGISTERS } from "./ingest/generator.ts";

const MESSAGES = 1_000;
const REPEATS = 60;
const ROUNDS = 7;
const START_MS = 1_780_000_000_000;

const payloads = Array.from({ length: MESSAGES }, (_, s) =>
  Buffer.from(encode({ v: 1, t: START_MS + s * 100, s, r: REGISTERS })),
);
const limits = new ConnectionLimits();
const values = payloads.map((payload) => decodeMessage(payload)[0]?.value);
const readings = values.map((value) => normalise(value, "load-1", START_MS + 86_400_000, limits));
const plausibility = new Plausibility(() => 100_000);
const records = readings.map((reading) => ({
  key: reading.meter,
  value: JSON.stringify(reading),
  device: reading.device,
}));
/** As many as a partition gets of a group. */
const bytes = encodeRecords(new RecordSet("normalised-reading", records.slice(0, 70)));

/** Each step does its work for all messages. */
const STEPS: Record<string, () => unknown> = {
  "the CBOR": () => payloads.map((payload) => decodeMessage(payload)),
  "schema, limits, normal form": () =>
    values.map((value) => normalise(value, "load-1", START_MS + 86_400_000, limits)),
  "comparison with the reading before": () => readings.map((reading) => plausibility.judge(reading)),
  "JSON for Kafka": () => readings.map((reading) => JSON.stringify(reading)),
  "a record of Kafka around it": () => encodeRecords(new RecordSet("normalised-reading", records)),
  "gzip of 70 records": () => Array.from({ length: MESSAGES / 70 }, () => gzipSync(bytes, { level: 2 })),
};

async function microseconds(step: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  for (let repeat = 0; repeat < REPEATS; repeat++) await step();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / (REPEATS * MESSAGES);
}

for (const [name, step] of Object.entries(STEPS)) {
  let least = Infinity;
  for (let round = 0; round <= ROUNDS; round++) least = Math.min(least, await microseconds(step));
  console.log(`${name}: ${least.toFixed(2)} µs a reading of ${payloads[0]?.length} bytes`);
}
