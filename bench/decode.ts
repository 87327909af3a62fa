/**
 * Encrypted Kaifa telegrams decoded per second on one core, from bytes on the line to registers in their units.
 *
 * Run: node bench/decode.ts (Node 22.18 and newer), or on Node 20
 *   npx rolldown bench/decode.ts --platform node --file dist/bench/decode.js && node dist/bench/decode.js
 */
import { cpus, totalmem } from "node:os";
import { createMeterDecoder } from "../edge/src/meter/decoder.ts";
import { toReading } from "../edge/src/meter/to-reading.ts";
import { simulateRange } from "../edge/src/simulator/simulate-range.ts";

const TELEGRAMS = 20_000;
const ROUNDS = 5;
/** What a serial port or a socket hands over at once. */
const CHUNK_BYTES = [256, 65_536];
const GOAL_PER_SECOND = 20_000;
const KEY = "36C66639E48A8CA4D6BC8B282A793BBB";
const FROM_MS = Date.UTC(2026, 0, 1);
const INTERVAL_MS = 5_000;

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

function decodeAll(stream: Uint8Array, chunkBytes: number): number {
  const decoder = createMeterDecoder({ key: Buffer.from(KEY, "hex") });
  let readings = 0;
  const started = performance.now();
  for (let at = 0; at < stream.length; at += chunkBytes)
    for (const event of decoder.push(stream.subarray(at, at + chunkBytes), FROM_MS))
      if (event.kind === "telegram" && Object.keys(toReading(event.telegram).r).length > 0) readings++;
  const seconds = (performance.now() - started) / 1000;
  if (readings !== TELEGRAMS) throw new Error(`${readings} of ${TELEGRAMS} telegrams were decoded`);
  return TELEGRAMS / seconds;
}

console.log(
  `${cpus()[0]?.model.trim()}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`,
);
console.log(
  `${TELEGRAMS} telegrams, median of ${ROUNDS} rounds; goal: ${GOAL_PER_SECOND} a second on one core`,
);
for (const dialect of ["netz-noe", "ksmwest"] as const) {
  const range = {
    key: KEY,
    dialect,
    fromMs: FROM_MS,
    toMs: FROM_MS + TELEGRAMS * INTERVAL_MS,
    stepMs: INTERVAL_MS,
  };
  const stream = Buffer.concat(Array.from(simulateRange(range), ({ bytes }) => bytes));
  for (const chunkBytes of CHUNK_BYTES) {
    decodeAll(stream, chunkBytes);
    const perSecond = Math.round(median(Array.from({ length: ROUNDS }, () => decodeAll(stream, chunkBytes))));
    const ratio = (perSecond / GOAL_PER_SECOND).toFixed(2);
    console.log(
      `${dialect.padEnd(8)} chunks of ${String(chunkBytes).padStart(6)} bytes  ${String(perSecond).padStart(7)} telegrams/s  ${ratio} x goal`,
    );
  }
}
console.log(
  `resident set ${Math.round(process.memoryUsage.rss() / 2 ** 20)} MiB, with ${TELEGRAMS} telegrams in memory`,
);
