import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { isReading } from "@smp/schemas/validate";
import { decode as decodeStrictly } from "cborg";
import { Decoder, type Options } from "cbor-x";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { arrayHead, encodeCbor } from "../../src/publisher/cbor.ts";
import { encodeMessage, encodeReading } from "../../src/publisher/message.ts";

const SEED = Number(process.env["SEED"] ?? 1);
const folder = fileURLToPath(new URL("../../../schemas/vectors/valid/", import.meta.url));
const decoder = new Decoder({ useRecords: false, mapsAsObjects: true, int64AsNumber: true } as Options); // its types lack the last one
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

interface Vector {
  json?: Record<string, never> | Record<string, never>[];
  cbor: string;
}
/** A float64 for `t` or `s` is what other encoders may send; ours sends the integer. */
const OTHERS = /-as-float64\.json$/;
const vectors = readdirSync(folder)
  .filter((name) => !OTHERS.test(name))
  .map((name) => [name, JSON.parse(readFileSync(folder + name, "utf8")) as Vector] as const);

describe("the contract's golden bytes", () => {
  test.each(vectors.filter(([, { json }]) => json !== undefined))("%s", (_name, { json, cbor }) => {
    const ours = Array.isArray(json) ? encodeMessage(json.map(encodeCbor)) : encodeCbor(json ?? {});
    expect(hex(ours)).toBe(cbor);
  });
});

test("any reading is read back alike by two other decoders, in the shortest form that a strict one accepts", () => {
  const value = fc.oneof(
    fc.integer({ min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER }),
    fc.double({ noNaN: true, noDefaultInfinity: true }).filter((number) => !Object.is(number, -0)),
  );
  const register = fc.constantFrom("1-0:1.8.0", "1-0:16.7.0", "1-0:32.7.0", "x-boiler");
  const reading = fc.record(
    {
      v: fc.constant(1),
      t: fc.nat({ max: 4_102_444_800_000 }),
      s: fc.nat(),
      m: fc.string({ maxLength: 63 }),
      r: fc.dictionary(register, value, { noNullPrototype: true }),
    },
    { requiredKeys: ["v", "r"], noNullPrototype: true },
  );
  fc.assert(
    fc.property(reading, (sample) => {
      const bytes = encodeCbor(sample);
      expect(decoder.decode(bytes)).toEqual(sample);
      expect(
        decodeStrictly(bytes, {
          strict: true,
          allowIndefinite: false,
          rejectDuplicateMapKeys: true,
          tags: [],
        }),
      ).toEqual(sample);
    }),
    { seed: SEED, numRuns: 1_000 },
  );
});

test("numbers take the fewest bytes on both sides of every boundary", () => {
  const expected: [number, string][] = [
    [0, "00"],
    [23, "17"],
    [24, "1818"],
    [255, "18ff"],
    [256, "190100"],
    [65_535, "19ffff"],
    [65_536, "1a00010000"],
    [4_294_967_295, "1affffffff"],
    [4_294_967_296, "1b0000000100000000"],
    [9_007_199_254_740_991, "1b001fffffffffffff"],
    [-1, "20"],
    [-24, "37"],
    [-25, "3818"],
    [-4_294_967_296, "3affffffff"],
    [-4_294_967_297, "3b0000000100000000"],
    [230.4, "fb406ccccccccccccd"],
    [0.5, "fb3fe0000000000000"],
  ];
  for (const [number, bytes] of expected) expect(hex(encodeCbor(number))).toBe(bytes);
  expect(() => encodeCbor(Number.NaN)).toThrow(RangeError);
  expect(() => encodeCbor(Infinity)).toThrow(RangeError);
});

test("a reading carries the version and the journal's number, and leaves out what it does not know", () => {
  const reading = decoder.decode(
    encodeReading({ t: undefined, m: undefined, r: { "1-0:16.7.0": 413 } }, 48_211),
  ) as unknown;
  expect(reading).toEqual({ v: 1, s: 48_211, r: { "1-0:16.7.0": 413 } });
  expect(isReading(reading)).toBe(true);
});

test("a message of 500 readings has a definite head and its readings' bytes as they are", () => {
  const readings = Array.from({ length: 500 }, (_, index) =>
    encodeReading({ r: { "1-0:16.7.0": index } }, index + 1),
  );
  const message = encodeMessage(readings);
  expect(hex(message.subarray(0, 3))).toBe("9901f4");
  expect(decoder.decode(message)).toHaveLength(500);
  expect(hex(arrayHead(2))).toBe("82");
});
