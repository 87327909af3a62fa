import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeMessage } from "../../src/decode/decode.ts";
import { FORBIDDEN_KEYS, NESTING_MAX } from "../../src/decode/element.ts";
import { scanJson } from "../../src/decode/json.ts";
import { Rejection } from "../../src/rejection.ts";

const text = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.string({ unit: "grapheme", maxLength: 10 }),
  fc.constantFrom('"', "\\", '\\"', "{", "}]", ",", ":", '","', "\u2028"),
);
const key = text.filter((name) => !FORBIDDEN_KEYS.has(name));
const value = fc.oneof(
  text,
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  fc.constant(null),
);
const reading = fc.dictionary(
  key,
  fc.oneof(value, fc.dictionary(key, value, { maxKeys: 5 }), fc.array(value, { maxLength: 3 })),
  {
    maxKeys: 8,
  },
);
const space = fc.constantFrom(undefined, 1, "\t");

describe("the scan of JSON", () => {
  test("lets every message through unchanged, whatever stands in its texts", () => {
    fc.assert(
      fc.property(fc.array(reading, { minLength: 1, maxLength: 5 }), space, (values, indent) => {
        const payload = Buffer.from(JSON.stringify(values, null, indent));
        fc.pre(payload.length <= 16_384);
        const decoded = decodeMessage(payload);
        expect(decoded.map((one) => one.value)).toEqual(JSON.parse(payload.toString()));
        // Each reading's bytes are the reading, and nothing else.
        expect(decoded.map((one) => JSON.parse(Buffer.from(one.bytes).toString()) as unknown)).toEqual(
          JSON.parse(payload.toString()),
        );
      }),
      { numRuns: 500 },
    );
  });

  test("finds a key that stands twice wherever it stands, also when it is written differently", () => {
    const escaped = (name: string): string =>
      [...name].map((unit) => `\\u${(unit.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`).join("");
    const name = fc.string({ minLength: 1, maxLength: 8 }).filter((one) => !FORBIDDEN_KEYS.has(one));
    fc.assert(
      fc.property(reading, name, fc.boolean(), (members, twice, nested) => {
        const others = Object.entries(members)
          .filter(([one]) => one !== twice)
          .map(([one, content]) => `${JSON.stringify(one)}:${JSON.stringify(content)}`);
        const object = `{${[`${JSON.stringify(twice)}:1`, ...others, `"${escaped(twice)}":2`].join(",")}}`;
        const payload = Buffer.from(nested ? `{"v":1,"r":${object}}` : object);
        fc.pre(payload.length <= 16_384);
        expect(() => decodeMessage(payload)).toThrow(Rejection);
        expect(() => decodeMessage(payload)).toThrow(/stands twice/);
      }),
      { numRuns: 300 },
    );
  });

  test("throws nothing but rejections, whatever bytes come", () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 100 }),
      fc
        .string({ unit: fc.constantFrom(...'{}[]",:\\1e-u0 tn'), maxLength: 60 })
        .map((one) => Buffer.from(one)),
    );
    fc.assert(
      fc.property(bytes, fc.constantFrom("{", "["), (rest, first) => {
        const payload = Buffer.concat([Buffer.from(first), rest]);
        try {
          decodeMessage(payload);
        } catch (error) {
          expect(error).toBeInstanceOf(Rejection);
        }
      }),
      { numRuns: 3_000 },
    );
  });

  test("allows nesting up to its limit", () => {
    const nested = (depth: number): Buffer => Buffer.from(`${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`);
    expect(scanJson(nested(NESTING_MAX))).toHaveLength(1);
    expect(() => scanJson(nested(NESTING_MAX + 1))).toThrow(/deeper than/);
  });
});
