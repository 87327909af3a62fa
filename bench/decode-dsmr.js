/**
 * DSMR telegrams decoded per second on one core: our decoder, bytes to registers, against npm's dsmr-parser on whole texts,
 * in the same run. The peer is installed into a temporary folder; it does not belong to the project.
 *
 * Run: npm run build && node bench/decode-dsmr.js
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { createMeterDecoder, toReading } from "@smp/edge";

const PEER = "dsmr-parser@2.1.1";
const TELEGRAMS = 20_000;
const ROUNDS = 5;
const fixture = new URL("../edge/test/fixtures/telegrams/nl-dsmr42-kaifa.json", import.meta.url);
const { text } = JSON.parse(readFileSync(fixture, "utf8"));

const folder = mkdtempSync(join(tmpdir(), "smp-bench-"));
execFileSync("npm", ["install", "--prefix", folder, "--no-audit", "--no-fund", "--silent", PEER]);
const peer = createRequire(join(folder, "index.js"))("dsmr-parser");
rmSync(folder, { recursive: true, force: true });

function ours() {
  const decoder = createMeterDecoder({ protocol: "dsmr" });
  const bytes = Buffer.from(text, "latin1");
  let decoded = 0;
  for (let sent = 0; sent < TELEGRAMS; sent++)
    for (const event of decoder.push(bytes, sent * 1000))
      if (event.kind === "telegram" && Object.keys(toReading(event.telegram).r).length > 0) decoded++;
  return decoded;
}
function theirs() {
  let decoded = 0;
  for (let sent = 0; sent < TELEGRAMS; sent++)
    if (Object.keys(peer.parse(text).objects).length > 0) decoded++;
  return decoded;
}
function perSecond(decodeAll) {
  const rounds = Array.from({ length: ROUNDS }, () => {
    const started = performance.now();
    if (decodeAll() !== TELEGRAMS) throw new Error("not every telegram was decoded");
    return TELEGRAMS / ((performance.now() - started) / 1000);
  });
  return Math.round(rounds.toSorted((a, b) => a - b)[ROUNDS >> 1]);
}

console.log(
  `${cpus()[0]?.model.trim()}, Node ${process.version}, ${TELEGRAMS} telegrams of a Kaifa DSMR 4.2 meter, median of ${ROUNDS}`,
);
const [mine, peers] = [perSecond(ours), perSecond(theirs)];
console.log(
  `ours         ${mine} telegrams/s (bytes in chunks, framing, checksum, units, platform's registers)`,
);
console.log(`${PEER.padEnd(12)} ${peers} telegrams/s (whole texts, checksum)`);
console.log(`ratio        ${(mine / peers).toFixed(2)}`);
