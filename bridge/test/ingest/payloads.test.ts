import { Encoder } from "cbor-x";
import { HOUR_MS, type IngestResult } from "@smp/schemas";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createIngest, type ClosableIngest } from "../../src/ingest/ingest.ts";
import { fakeLog } from "../fake-log.ts";

// The payloads of the negative tests: each costs its own message, is acknowledged, and comes back with a reason.
const RECEIVED = 1_780_000_000_000;
const encoder = new Encoder({ useRecords: false });

let log: ReturnType<typeof fakeLog>;
let ingest: ClosableIngest;
beforeEach(() => {
  log = fakeLog();
  ingest = createIngest({ log });
});
afterEach(() => ingest.close());

const take = (payload: Uint8Array, received = RECEIVED): Promise<IngestResult> =>
  ingest.take({ device: "m7", topic: "sm/v1/m7/reading", payload, received });
const takeJson = (value: unknown, received?: number): Promise<IngestResult> =>
  take(Buffer.from(JSON.stringify(value)), received);
const bytes = (...parts: (string | Buffer)[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part, "hex") : part)));

/** `{"v": 1, "r": {"x-a": …}}` with the value's bytes as they stand. */
const withValue = (value: string): Buffer => bytes("a26176016172a163782d61", value);

async function isRejected(payload: Uint8Array, code: string | RegExp): Promise<void> {
  const { accepted, rejected } = await take(payload);
  expect(accepted).toEqual([]);
  expect(rejected[0]?.code).toMatch(code);
  expect(rejected[0]?.payload).toBe(Buffer.from(payload).toString("base64"));
  expect(log.batches.at(-1)?.rejected).toEqual(rejected);
}

test("the bytes by which these tests speak are those of a good reading", async () => {
  expect((await take(withValue("01"))).accepted[0]?.r).toEqual({ "x-a": 1 });
});

describe("identity", () => {
  test("N47: a payload that names another device stays its own device's, or is rejected", async () => {
    const { accepted } = await takeJson({ v: 1, m: "m8", r: { "x-a": 1 } });
    expect(accepted[0]).toMatchObject({ device: "m7", meter: "m7.m8" });
    for (const key of ["device", "meter", "id", "topic"])
      expect((await takeJson({ v: 1, [key]: "m8", r: { "x-a": 1 } })).rejected[0]?.code).toBe("schema");
  });

  test("N48: the same meter and time with other counters replaces the earlier reading, and is counted", async () => {
    for (const counter of [1_000, 1_000, 1_001])
      await takeJson({ v: 1, t: RECEIVED, r: { "1-0:1.8.0": counter } });
    const logged = log.batches.flatMap(({ readings }) => readings);
    expect(logged.map(({ meter, t }) => `${meter} ${t}`)).toEqual(
      Array.from({ length: 3 }, () => `m7 ${RECEIVED}`),
    );
    expect(logged.at(-1)?.r["1-0:1.8.0"]).toBe(1_001);
    expect(await ingest.metrics.metrics()).toMatch(/replaced_total 1$/m);
  });
});

describe("CBOR", () => {
  test("N54: a bignum of 16 kB is refused before anybody computes it", async () => {
    await isRejected(withValue(`c2593f00${"ff".repeat(16_128)}`), "cbor-tag");
  });

  test.each([
    ["arrays", Buffer.alloc(60_000, 0x81), "too-large"],
    ["arrays of 16 kB", Buffer.alloc(16_000, 0x81), /cbor|schema/],
    ["maps of 16 kB", bytes(..."a16161".repeat(5_000).match(/.{6}/g)!), /cbor|schema/],
  ])("N55: nesting of %s is refused", async (_, payload, code) => {
    await isRejected(payload, code);
  });

  test.each([
    ["an array of 2^32-1", "9affffffff"],
    ["an array of 2^64-1", "9bffffffffffffffff"],
    ["a map of 2^32-1", "baffffffff"],
    ["a map of 2^64-1", "bbffffffffffffffff"],
    ["a text of 2^32-1", "a17affffffff61"],
    ["bytes of 2^64-1", "a161765bffffffffffffffff"],
  ])("N56: %s is refused", async (_, hex) => {
    await isRejected(bytes(hex), "invalid-cbor");
  });

  test("N56: a message that breaks off is refused at every byte", async () => {
    const whole = encoder.encode({
      v: 1,
      t: RECEIVED,
      m: "1KFM",
      r: { "1-0:1.8.0": 12_345_679, "1-0:32.7.0": 230.4 },
    });
    for (let length = 1; length < whole.length; length++) {
      const { accepted, rejected } = await take(whole.subarray(0, length));
      expect([accepted, rejected[0]?.code]).toEqual([[], "invalid-cbor"]);
    }
  });

  test.each([
    ["__proto__", "a2617601695f5f70726f746f5f5fa0"],
    ["constructor", "a26176016b636f6e7374727563746f72a0"],
    ["a key that stands twice", "a3617601617601617601"],
    ["a key that is a number", "a26176010101"],
    ["a key that is bytes", "a2617601416101"],
    ["a key that is an array", "a261760180a0"],
  ])("N57: %s is refused, and no object is changed", async (_, hex) => {
    await isRejected(bytes(hex), /invalid-cbor|schema/);
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  test.each([
    ["NaN", "fb7ff8000000000000"],
    ["Infinity", "fb7ff0000000000000"],
    ["-Infinity", "fbfff0000000000000"],
    ["NaN of half precision", "f97e00"],
    ["undefined", "f7"],
    ["an unassigned simple value", "e0"],
  ])("N58: %s as a value is refused", async (_, hex) => {
    await isRejected(withValue(hex), /invalid-cbor|schema/);
  });

  test.each([
    "00",
    "01",
    "d819",
    "d81b",
    "d81c",
    "d81d",
    "d833",
    "d869",
    "d90102",
    "d90103",
    "d9dff9",
    "d9dfff",
  ])("N58: the tag %s is refused", async (tag) => {
    const head = tag.length === 2 ? (0xc0 | Number.parseInt(tag, 16)).toString(16) : tag;
    await isRejected(withValue(`${head}01`), "cbor-tag");
    await isRejected(bytes(head, withValue("01")), /cbor-tag|unknown-encoding/);
  });

  test.each([
    ["an indefinite map", "bf617601ff"],
    ["an indefinite array", "9fa0ff"],
    ["an indefinite text", "a1617f6161ff01"],
    ["a text that is no UTF-8", "a2617601616d62c328"],
    ["a key that is no UTF-8", "a262c32801617601"],
    ["bytes behind the end", "a2617601617201ff"],
  ])("N60: %s is refused", async (_, hex) => {
    await isRejected(bytes(hex), /invalid-cbor/);
  });
});

describe("time and counters", () => {
  test.each([
    ["in two hours", RECEIVED + 2 * HOUR_MS, "time-future"],
    ["in 1970", 0, "time-past"],
    ["in 2100", Date.UTC(2100, 0, 1), "time-future"],
  ])("N59: a reading %s is rejected", async (_, t, code) => {
    const { accepted, rejected } = await takeJson({ v: 1, t, r: { "x-a": 1 } });
    expect([accepted, rejected[0]?.code]).toEqual([[], code]);
  });

  test.each([
    ["falls", 9_000],
    ["rises by more than a connection can carry", 900_000_000],
  ])("N59: a counter that %s is stored and marked as suspect, not dropped", async (_, counter) => {
    await takeJson({ v: 1, t: RECEIVED, r: { "1-0:1.8.0": 10_000_000 } });
    const t = RECEIVED + 60_000;
    const { accepted, rejected } = await takeJson({ v: 1, t, r: { "1-0:1.8.0": counter } }, t);
    expect(rejected).toEqual([]);
    expect(accepted[0]?.quality).toContain("suspect");
    expect(log.batches.at(-1)?.readings[0]).toMatchObject({
      t,
      r: { "1-0:1.8.0": counter },
      quality: ["suspect"],
    });
  });
});
