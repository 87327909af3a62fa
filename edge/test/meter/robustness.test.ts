import { describe, expect, test } from "vitest";
import { createMeterDecoder } from "../../src/meter/decoder.ts";
import { simulateRange } from "../../src/simulator/simulate-range.ts";
import { decodeChunks, noise, telegramsOf } from "./replay.ts";
import { bytesOf, keysOf, VECTORS, type Vector } from "./vectors.ts";

const byId = (id: string): Vector => {
  const vector = VECTORS.find((candidate) => candidate.id === id);
  if (vector === undefined) throw new Error(`no vector ${id}`);
  return vector;
};

/** A bare APDU without a tag and DSMR 2 have no checksum at all: nobody can know that a bit has flipped. */
const isProtected = ({ transport, tags }: Vector): boolean =>
  tags.includes("auth-tag") || (transport !== "dlms-apdu" && !tags.includes("no-crc"));

describe.each(VECTORS.filter((vector) => isProtected(vector) && !vector.framing_only))("$id", (vector) => {
  test("with any single bit flipped gives the right readings or none", () => {
    const bytes = bytesOf(vector);
    const right = telegramsOf(decodeChunks([bytes], keysOf(vector))).map((telegram) =>
      JSON.stringify(telegram),
    );
    const bits = bytes.length * 8;
    // Every bit of the two meters that matter most; elsewhere steps that reach every bit position.
    const step = vector.meter.startsWith("Kaifa MA309M") ? 1 : Math.max(1, Math.floor(bits / 600)) | 1;
    const wrong: string[] = [];
    for (let bit = 0; bit < bits; bit += step) {
      const damaged = Uint8Array.from(bytes, (byte, index) =>
        index === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte,
      );
      const telegrams = telegramsOf(decodeChunks([damaged], keysOf(vector))).map((telegram) =>
        JSON.stringify(telegram),
      );
      wrong.push(
        ...telegrams.filter((telegram) => !right.includes(telegram)).map((telegram) => `${bit}: ${telegram}`),
      );
    }
    expect(wrong).toEqual([]);
  });
});

// Two bits of the same weight that flip in opposite directions leave the sum as it was.
test.each(["netz-noe", "ksmwest"] as const)(
  "of telegrams that are damaged behind the 8-bit checksum's back, few are believed: %s",
  (dialect) => {
    const key = "36C66639E48A8CA4D6BC8B282A793BBB";
    const fromMs = Date.UTC(2026, 4, 1, 10);
    const [before, bytes] = Array.from(
      simulateRange({ key, dialect, fromMs, toMs: fromMs + 10_000, stepMs: 5_000 }),
      (telegram) => telegram.bytes,
    );
    if (before === undefined || bytes === undefined) throw new Error("the simulated meter is silent");
    const right = JSON.stringify(
      telegramsOf(decodeChunks([before, bytes], { key: Buffer.from(key, "hex") }))[1],
    );
    const places = noise(60_000, 7);
    const seen = { damaged: 0, wrong: 0 };
    for (let index = 0; index < places.length; index += 3) {
      const [first, second, bit] = [
        4 + ((places[index] ?? 0) % 250),
        4 + ((places[index + 1] ?? 0) % 250),
        1 << ((places[index + 2] ?? 0) & 7),
      ];
      if (((bytes[first] ?? 0) & bit) === ((bytes[second] ?? 0) & bit)) continue;
      const damaged = bytes.with(first, (bytes[first] ?? 0) ^ bit).with(second, (bytes[second] ?? 0) ^ bit);
      const [, telegram] = telegramsOf(decodeChunks([before, damaged], { key: Buffer.from(key, "hex") }));
      seen.damaged++;
      if (telegram !== undefined && JSON.stringify(telegram) !== right) seen.wrong++;
    }
    expect(seen.damaged).toBeGreaterThan(5_000);
    expect(seen.wrong / seen.damaged).toBeLessThan(0.03);
  },
);

describe("ten million bytes of noise", () => {
  test.each([
    "at-netznoe-ma309-doc",
    "ch-iskra-am550-vse2026",
    "nl-dsmr50-spec",
    "de-sml-itron-pin",
    "at-netznoe-t210d-plain",
  ])("cost neither memory nor the telegram behind them: %s", (id) => {
    const vector = byId(id);
    const decoder = createMeterDecoder(keysOf(vector));
    const chunk = 65_536;
    const bytes = 10_000_000;
    const block = noise(bytes, 12_345);
    let telegrams = 0;
    let faults = 0;
    const before = process.memoryUsage();
    for (let at = 0; at < bytes; at += chunk)
      for (const event of decoder.push(block.subarray(at, at + chunk), at / 100)) {
        if (event.kind === "telegram") telegrams++;
        else faults++;
      }
    const after = process.memoryUsage();
    expect(telegrams).toBe(0);
    expect(faults).toBeLessThan(100);
    expect(after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers).toBeLessThan(
      32_000_000,
    );
    const events = [...decoder.push(bytesOf(vector), 200_000), ...decoder.flush()];
    expect(telegramsOf(events)).toEqual(telegramsOf(decodeChunks([bytesOf(vector)], keysOf(vector))));
    expect(decoder.stats.bytes).toBe(bytes + bytesOf(vector).length);
    expect(decoder.stats.discardedBytes).toBe(bytes);
  });

  // Text that begins a telegram at every line, flags, start bytes: each would be searched to its end if it were believed.
  test.each([
    ["DSMR starts", "/ABC5\r\n1-0:1.8.0(000001.000*kWh)\r\n"],
    ["SML starts", "\u001b\u001b\u001b\u001b\u0001\u0001\u0001\u0001"],
    ["M-Bus starts", "\u0068\u00fa\u00fa\u0068"],
    ["HDLC flags", "\u007e\u00a7"],
    ["endless DSMR", "/ABC5 long line without an end"],
    ["bare DLMS", "\u00db\u0008KFM\u0010\u0020\u0007\u0078\u0040\u0082\u0f00\u0020"],
    ["bare notifications", "\u000f\u0000\u0000\u0000\u0000\u0000\u0002\u0082\u00ff\u00ff"],
  ])("that only look like telegrams are refused in linear time: %s", (_, pattern) => {
    const decoder = createMeterDecoder();
    const block = Buffer.from(pattern.repeat(Math.ceil(262_144 / pattern.length)), "latin1");
    const started = performance.now();
    for (let at = 0; at < block.length; at += 1000) decoder.push(block.subarray(at, at + 1000), at);
    const vector = byId("nl-dsmr42-kaifa");
    const events = [...decoder.push(bytesOf(vector), 300_000), ...decoder.flush()];
    expect(telegramsOf(events)).toHaveLength(1);
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});
