import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readCosemData } from "../../src/protocol/cosem-data.ts";
import { scaled } from "../../src/protocol/decimal.ts";
import { Malformed } from "../../src/protocol/malformed.ts";
import { looksLikeObis, toObis } from "../../src/protocol/obis.ts";
import { Reader } from "../../src/protocol/reader.ts";
import { unitSymbol } from "../../src/protocol/units.ts";

const read = (hex: string): unknown => readCosemData(new Reader(Buffer.from(hex.replaceAll(" ", ""), "hex")));
const bytes = (...octets: number[]): Buffer => Buffer.from(octets);

// IEC 62056-6-2, table of common data types: one example for every tag.
test.each([
  ["null", "00", { kind: "null" }],
  ["boolean", "03 01", { kind: "boolean", value: true }],
  ["bit-string", "04 0B FF E0", { kind: "bits", bits: 11, value: bytes(0xff, 0xe0) }],
  ["double-long", "05 FFFFFFFE", { kind: "number", tag: 5, value: -2 }],
  ["double-long-unsigned", "06 FFFFFFFE", { kind: "number", tag: 6, value: 4294967294 }],
  ["octet-string", "09 02 0102", { kind: "octets", value: bytes(1, 2) }],
  ["octet-string, long", `09 81 80 ${"00".repeat(128)}`, { kind: "octets", value: Buffer.alloc(128) }],
  ["octet-string, longer", `09 82 0100 ${"00".repeat(256)}`, { kind: "octets", value: Buffer.alloc(256) }],
  ["visible-string", "0A 02 4142", { kind: "text", value: "AB" }],
  ["utf8-string", "0C 03 C3BC 61", { kind: "text", value: "üa" }],
  ["bcd", "0D 12", { kind: "number", tag: 13, value: 12 }],
  ["integer", "0F FE", { kind: "number", tag: 15, value: -2 }],
  ["long", "10 FFFE", { kind: "number", tag: 16, value: -2 }],
  ["unsigned", "11 FE", { kind: "number", tag: 17, value: 254 }],
  ["long-unsigned", "12 FFFE", { kind: "number", tag: 18, value: 65534 }],
  ["long64", "14 FFFFFFFFFFFFFFFE", { kind: "number", tag: 20, value: -2n }],
  ["long64-unsigned", "15 FFFFFFFFFFFFFFFE", { kind: "number", tag: 21, value: 2n ** 64n - 2n }],
  ["enum", "16 1E", { kind: "number", tag: 22, value: 30 }],
  ["float32", "17 3FC00000", { kind: "number", tag: 23, value: 1.5 }],
  ["float64", "18 3FF8000000000000", { kind: "number", tag: 24, value: 1.5 }],
  ["date-time", `19 ${"01".repeat(12)}`, { kind: "date-time", value: Buffer.alloc(12, 1) }],
  ["date", `1A ${"01".repeat(5)}`, { kind: "date", value: Buffer.alloc(5, 1) }],
  ["time", `1B ${"01".repeat(4)}`, { kind: "time", value: Buffer.alloc(4, 1) }],
  [
    "array",
    "01 02 1101 1102",
    {
      kind: "array",
      items: [
        { kind: "number", tag: 17, value: 1 },
        { kind: "number", tag: 17, value: 2 },
      ],
    },
  ],
  ["structure", "02 01 00", { kind: "structure", items: [{ kind: "null" }] }],
  [
    "compact-array of structures",
    "13 02 02 11 12 06 01 0002 03 0004",
    {
      kind: "array",
      items: [
        {
          kind: "structure",
          items: [
            { kind: "number", tag: 17, value: 1 },
            { kind: "number", tag: 18, value: 2 },
          ],
        },
        {
          kind: "structure",
          items: [
            { kind: "number", tag: 17, value: 3 },
            { kind: "number", tag: 18, value: 4 },
          ],
        },
      ],
    },
  ],
  [
    "an OBIS code with tag and length swapped",
    "06 09 01001F0700FF",
    { kind: "octets", value: bytes(1, 0, 31, 7, 0, 255) },
  ],
  ["a counter that only begins like one", "06 0901001F", { kind: "number", tag: 6, value: 0x0901001f }],
  [
    "a descriptor without tags",
    "02 02 0003 0100010700FF 02 06 000007A4",
    {
      kind: "structure",
      items: [
        { kind: "number", tag: 18, value: 3 },
        { kind: "octets", value: bytes(1, 0, 1, 7, 0, 255) },
        { kind: "number", tag: 15, value: 2 },
        { kind: "number", tag: 6, value: 1956 },
      ],
    },
  ],
  [
    "compact-array of arrays",
    "13 01 0002 11 02 0102",
    {
      kind: "array",
      items: [
        {
          kind: "array",
          items: [
            { kind: "number", tag: 17, value: 1 },
            { kind: "number", tag: 17, value: 2 },
          ],
        },
      ],
    },
  ],
])("%s is read", (_, hex, value) => {
  expect(read(hex)).toEqual(value);
});

describe("what is malformed is refused", () => {
  test.each([
    ["an unknown tag", "07 00", /unknown COSEM tag 0x7/],
    ["a cut string", "09 05 01", /5 bytes expected/],
    ["a length in more than four bytes", "09 85 0000000001", /length form 0x85/],
    ["an indefinite length", "09 80", /length form 0x80/],
    ["a count that the bytes cannot hold", "01 84 FFFFFFFF", /more than 2048 values/],
    ["deep nesting", "0201".repeat(50), /nested deeper than 12/],
    ["many values", `01 82 1000 ${"00".repeat(4096)}`, /more than 2048 values/],
    ["a compact array of nothing", "13 00 05 0000000000", /empty items/],
    ["a compact array of huge arrays", "13 01 FFFF 11 01 00", /more than 2048 values/],
    ["a compact array that ends within an item", "13 12 03 00000000", /do not fill its length/],
    ["a compact array that is cut", "13 12 08 0000", /is cut/],
  ])("%s", (_, hex, message) => {
    expect(() => read(hex)).toThrow(message);
  });

  test("any bytes give a value or the one error", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
        let failure: unknown;
        try {
          readCosemData(new Reader(noise));
        } catch (error) {
          failure = error;
        }
        expect(failure === undefined || failure instanceof Malformed).toBe(true);
      }),
      { numRuns: 2000, seed: 1 },
    );
  });
});

test("a scaled value is the double nearest to its decimal form", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -(2 ** 40), max: 2 ** 40 }),
      fc.integer({ min: -6, max: 3 }),
      (raw, scaler) => {
        expect(scaled(raw, scaler)).toBe(raw === 0 ? 0 : Number(`${raw}e${scaler}`));
        expect(scaled(BigInt(raw), scaler)).toBe(scaled(raw, scaler));
      },
    ),
    { seed: 1 },
  );
});

test("what a double cannot hold, and scalers that no meter uses, give no value", () => {
  expect(scaled(2n ** 63n, 0)).toBeUndefined();
  expect(scaled(Number.MAX_SAFE_INTEGER, 1)).toBeUndefined();
  expect(scaled(1, -40)).toBeUndefined();
  expect(scaled(Number.NaN, 0)).toBeUndefined();
  expect(Object.is(scaled(-0, 0), 0)).toBe(true);
});

test("a compact array of lists of lists of nothing is no bomb", () => {
  // 2,000 times 2,000 times 2,000 empty structures, described in 14 bytes.
  expect(() => read("13 01 07D0 01 07D0 01 07D0 02 00 01 00")).toThrow(/more than 2048 values/);
  expect(() => read("13 01 0064 01 0064 00 01 00")).toThrow(/more than 2048 values/);
});

test("lists nest twelve deep and hold 2,048 values with themselves, and no more", () => {
  expect(() => read(`${"01 01 ".repeat(12)} 00`)).not.toThrow();
  expect(() => read(`${"01 01 ".repeat(13)} 00`)).toThrow(/nested deeper than 12/);
  expect(() => read(`01 82 07FF ${"00".repeat(2_047)}`)).not.toThrow();
  expect(() => read(`01 82 0800 ${"00".repeat(2_048)}`)).toThrow(/more than 2048 values/);
});

test("a number that looks like the begin of an OBIS code is a number", () => {
  expect(read("06 09010001 08 00 12")).toEqual({ kind: "number", tag: 6, value: 0x09010001 });
});

test("OBIS codes leave out group F when it is 255, and six digits are text", () => {
  expect(toObis(bytes(1, 0, 1, 8, 0, 255))).toBe("1-0:1.8.0");
  expect(toObis(bytes(1, 0, 1, 8, 0, 12))).toBe("1-0:1.8.0*12");
  expect(toObis(bytes(129, 129, 199, 130, 3, 255))).toBe("129-129:199.130.3");
  expect(looksLikeObis(bytes(0, 0, 96, 1, 0, 255))).toBe(true);
  expect(looksLikeObis(Buffer.from("181220"))).toBe(false);
  expect(looksLikeObis(bytes(1, 0, 1, 8, 0))).toBe(false);
});

test("units carry their symbols", () => {
  expect([27, 29, 30, 32, 33, 35, 44, 255, 200].map(unitSymbol)).toEqual([
    "W",
    "var",
    "Wh",
    "varh",
    "A",
    "V",
    "Hz",
    "",
    "",
  ]);
});
