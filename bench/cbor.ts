/**
 * CPU time of decoding one CBOR reading: the scan alone, and with cbor-x behind it.
 *
 * Run: npx rolldown bench/cbor.ts --platform node --file dist/bench/cbor.js && node dist/bench/cbor.js
 */
import { encode } from "cborg";
import { scanCbor } from "../bridge/src/cbor-scan.ts";
import { readCbor } from "../bridge/src/cbor.ts";
import { REGISTERS } from "./ingest/generator.ts";

const MESSAGES = 1_000;
const REPEATS = 60;
const ROUNDS = 5;
const WAYS = { scan: scanCbor, "scan and cbor-x": readCbor };

const messages = Array.from({ length: MESSAGES }, (_, s) =>
  Buffer.from(encode({ v: 1, t: 1_780_000_000_000 + s * 100, s, r: REGISTERS })),
);

function microseconds(decode: (payload: Buffer) => unknown[]): number {
  const before = process.cpuUsage();
  let readings = 0;
  for (let repeat = 0; repeat < REPEATS; repeat++)
    for (const message of messages) readings += decode(message).length;
  const { user, system } = process.cpuUsage(before);
  return (user + system) / readings;
}

for (const [name, decode] of Object.entries(WAYS)) {
  microseconds(decode);
  const rounds = Array.from({ length: ROUNDS }, () => microseconds(decode));
  console.log(`${name}: ${Math.min(...rounds).toFixed(2)} µs a reading of ${messages[0]?.length} bytes`);
}
