import { isReading } from "@smp/schemas/validate";
import { describe, expect, test } from "vitest";
import { toReading } from "../../src/meter/to-reading.ts";
import type { Telegram, TelegramValue } from "../../src/meter/telegram.ts";
import { emptyTelegram } from "../../src/meter/telegram-builder.ts";
import { decodeChunks, telegramsOf } from "./replay.ts";
import { bytesOf, keysOf, VECTORS } from "./vectors.ts";

const telegram = (registers: Record<string, TelegramValue>, more: Partial<Telegram> = {}): Telegram => ({
  ...emptyTelegram("mbus"),
  registers,
  ...more,
});
const one = (code: string, value: number, unit: string): unknown =>
  toReading(telegram({ [code]: { value, unit } })).r;

describe("units become the register table's, exact in decimals", () => {
  test.each([
    ["1-0:1.8.0", 4.426, "kWh", { "1-0:1.8.0": 4426 }],
    ["1-0:1.8.0", 85823.28, "kWh", { "1-0:1.8.0": 85823280 }],
    ["1-0:1.8.0", 10732309.1, "Wh", { "1-0:1.8.0": 10732309 }],
    ["1-0:1.8.0", 2012.5, "Wh", { "1-0:1.8.0": 2013 }],
    ["1-0:1.8.0", 1.5, "MWh", { "1-0:1.8.0": 1500000 }],
    ["1-0:3.8.0", 1384.336, "kVArh", { "1-0:3.8.0": 1384336 }],
    ["1-0:1.7.0", 2.027, "kW", { "1-0:1.7.0": 2027 }],
    ["1-0:16.7.0", -105.5, "W", { "1-0:16.7.0": -105.5 }],
    ["1-0:23.7.0", 1.072, "kVAr", { "1-0:23.7.0": 1072 }],
    ["1-0:32.7.0", 233.7, "V", { "1-0:32.7.0": 233.7 }],
    ["1-0:13.7.0", 0.979, "", { "1-0:13.7.0": 0.979 }],
    ["1-1:1.8.0", 15207, "Wh", { "1-0:1.8.0": 15207 }],
    ["6-0:1.0.0", 46.72, "GJ", { "6-0:1.0.0": 12977778 }],
    ["6-0:1.0.0", 3600, "J", { "6-0:1.0.0": 1 }],
    ["8-0:1.0.0", 112384, "l", { "8-0:1.0.0": 112.384 }],
  ])("%s %d %s", (code, value, unit, r) => {
    expect(one(code, value, unit)).toEqual(r);
  });

  test.each([
    ["a unit that the register cannot have", "1-0:1.8.0", 5, "W"],
    ["no unit", "1-0:32.7.0", 2347, ""],
    ["a unit that the platform does not know", "1-0:9.8.0", 5, "VAh"],
    ["a value that the quantity cannot reach", "1-0:32.7.0", 5000, "V"],
    ["an earlier billing period", "1-0:1.8.0*12", 5, "Wh"],
    ["a setting of the meter", "0-0:17.0.0", 999, "kW"],
  ])("%s is left out", (_, code, value, unit) => {
    expect(one(code, value, unit)).toEqual({});
  });
});

test("channel 0 wins where a telegram carries both", () => {
  const { r } = toReading(
    telegram({ "1-1:1.8.0": { value: 1, unit: "Wh" }, "1-0:1.8.0": { value: 2, unit: "Wh" } }),
  );
  expect(r).toEqual({ "1-0:1.8.0": 2 });
});

test("a heat meter on a P1 port counts gigajoules, which are watt-hours here", () => {
  const vector = VECTORS.find(({ id }) => id === "nl-warmtelink")!;
  const [reading] = telegramsOf(decodeChunks([bytesOf(vector)], keysOf(vector))).map(toReading);
  expect(reading).toEqual({ t: Date.UTC(2022, 1, 8, 22, 10, 51), r: { "6-0:1.0.0": 12977778 } });
});

test("gas and water meters behind a DSMR meter are told apart by their device type", () => {
  const registers = {
    "0-1:24.2.3": { value: 112.384, unit: "m3" },
    "0-2:24.2.1": { value: 872.234, unit: "m3" },
  };
  const texts = { "0-1:24.1.0": "003", "0-2:24.1.0": "007" };
  expect(toReading(telegram(registers, { texts })).r).toEqual({ "7-0:3.0.0": 112.384, "8-0:1.0.0": 872.234 });
  expect(toReading(telegram(registers)).r).toEqual({});
});

test.each([
  ["below", "2026-01-20T10:00:00+01:00", "2017-01-13T17:00:00+01:00"],
  ["above", "2017-01-13T17:00:00+01:00", "2026-01-20T10:00:00+01:00"],
  ["never read", "2026-01-20T10:00:00+01:00", "2070-01-01T01:00:00+01:00"],
])("the gas meter that was exchanged does not speak for the new one: %s", (_, first, second) => {
  const [newest, old] = [6805.499, 1.287];
  const isFirst = first.startsWith("2026");
  const registers = {
    "0-1:24.2.1": { value: isFirst ? newest : old, unit: "m3", at: first },
    "0-2:24.2.1": { value: isFirst ? old : newest, unit: "m3", at: second },
  };
  const texts = { "0-1:24.1.0": "003", "0-2:24.1.0": "003" };
  const t = Date.UTC(2026, 0, 20, 9, 30);
  expect(toReading(telegram(registers, { texts, t })).r).toEqual({ "7-0:3.0.0": newest });
});

test.each([
  ["nl-dsmr50-spec", 6825, 2444],
  ["be-fluvius-171", undefined, undefined],
])("both tariffs of a DSMR meter that tells no total make one: %s", (id, imported, exported) => {
  const vector = VECTORS.find((known) => known.id === id)!;
  const [r = {}] = telegramsOf(decodeChunks([bytesOf(vector)], keysOf(vector))).map(
    (each) => toReading(each).r,
  );
  expect(r["1-0:1.8.0"]).toBe(r["1-0:1.8.1"]! + r["1-0:1.8.2"]!);
  expect(r["1-0:2.8.0"]).toBe(r["1-0:2.8.1"]! + r["1-0:2.8.2"]!);
  if (imported !== undefined) expect([r["1-0:1.8.0"], r["1-0:2.8.0"]]).toEqual([imported, exported]);
});

test("no total is made of one tariff, of more than two, beside the meter's own, or of another protocol", () => {
  const kwh = (value: number): TelegramValue => ({ value, unit: "kWh" });
  const both = { "1-0:1.8.1": kwh(1), "1-0:1.8.2": kwh(2) };
  const total = (registers: Record<string, TelegramValue>, protocol: Telegram["protocol"]): unknown =>
    toReading(telegram(registers, { protocol })).r["1-0:1.8.0"];
  expect(total(both, "dsmr")).toBe(3000);
  expect(total({ ...both, "1-0:1.8.0": kwh(4) }, "dsmr")).toBe(4000);
  expect(total({ "1-0:1.8.1": kwh(1) }, "dsmr")).toBeUndefined();
  expect(total({ ...both, "1-0:1.8.3": kwh(5) }, "dsmr")).toBeUndefined();
  expect(total(both, "sml")).toBeUndefined();
});

test("time and meter number keep to the contract", () => {
  const t = Date.UTC(2026, 0, 1);
  expect(toReading(telegram({}, { t, meter: "1KFM0200123456" }))).toEqual({ t, m: "1KFM0200123456", r: {} });
  expect(toReading(telegram({}, { t: Date.UTC(2001, 0, 1), meter: "-ISk5\\2 MT_382/ö" }))).toEqual({
    m: "ISk52MT382",
    r: {},
  });
  expect(toReading(telegram({}, { meter: "00000000000000" }))).toEqual({ r: {} });
  expect(toReading(telegram({}, { meter: "9".repeat(100) })).m).toHaveLength(63);
});

test("more registers than a reading may have: those with a name stay", () => {
  const many = Object.fromEntries(
    Array.from({ length: 80 }, (_, index) => [`1-0:99.${index}.0`, { value: 1, unit: "W" }]),
  );
  const { r } = toReading(telegram({ ...many, "1-0:1.8.0": { value: 7, unit: "Wh" } }));
  expect(Object.keys(r)).toHaveLength(64);
  expect(r["1-0:1.8.0"]).toBe(7);
});

test.each(VECTORS.filter(({ framing_only: framingOnly }) => !framingOnly))(
  "the readings of $id follow the contract",
  (vector) => {
    const readings = telegramsOf(decodeChunks([bytesOf(vector)], keysOf(vector))).map(toReading);
    expect(readings.every((reading) => isReading({ v: 1, ...reading }))).toBe(true);
    expect(readings.every(({ r }) => Object.keys(r).length > 0)).toBe(true);
  },
);
