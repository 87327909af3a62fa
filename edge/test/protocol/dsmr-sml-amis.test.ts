import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createSecretKey } from "node:crypto";
import { readAmis, readCp48, toIntegerLittleEndian } from "../../src/protocol/amis.ts";
import { readDsmr, readDsmrTime } from "../../src/protocol/dsmr.ts";
import { Malformed } from "../../src/protocol/malformed.ts";
import { readSmlLists, toInteger } from "../../src/protocol/sml.ts";

const ascii = (text: string): Buffer => Buffer.from(text, "latin1");
const valueOf = (line: string): unknown => readDsmr(ascii(`/XXX5meter\r\n\r\n${line}\r\n!`), false).values[0];

describe("DSMR", () => {
  test.each([
    ["1-0:1.8.1(000004.426*kWh)", { kind: "number", obis: "1-0:1.8.1", value: 4.426, unit: "kWh" }],
    ["1-0:16.7.0(-0000.125*kW)", { kind: "number", obis: "1-0:16.7.0", value: -0.125, unit: "kW" }],
    ["1-0:1.8.0*255(000004.426*kWh)", { kind: "number", obis: "1-0:1.8.0", value: 4.426, unit: "kWh" }],
    ["1-0:1.8.0*01(000003.1*kWh)", { kind: "number", obis: "1-0:1.8.0*01", value: 3.1, unit: "kWh" }],
    ["1.8.0(000004.426*kWh)", { kind: "number", obis: "1-0:1.8.0", value: 4.426, unit: "kWh" }],
    ["0-0:96.14.0(0002)", { kind: "text", obis: "0-0:96.14.0", text: "0002" }],
    ["0-0:96.13.0()", { kind: "text", obis: "0-0:96.13.0", text: "" }],
    ["1-0:99.97.0(0)(0-0:96.7.19)", { kind: "text", obis: "1-0:99.97.0", text: "(0)(0-0:96.7.19)" }],
    [
      "0-1:24.2.1(170102161005W)(00000.107*m3)",
      { kind: "number", obis: "0-1:24.2.1", value: 0.107, unit: "m3", at: { daylightSaving: false } },
    ],
    [
      "0-1:24.3.0(161107190000)(00)(60)(1)(0-1:24.2.1)(m3)\r\n(00001.001)",
      { kind: "number", obis: "0-1:24.3.0", value: 1.001, unit: "m3", at: { daylightSaving: null } },
    ],
  ])("%s", (line, value) => {
    expect(valueOf(line)).toMatchObject(value);
  });

  test("a line that is none spoils the telegram", () => {
    expect(() => valueOf("1-0:1.8.1(000004.4\u00006*kWh")).toThrow(Malformed);
  });

  test("a line of unknown form is skipped in a telegram whose checksum is right", () => {
    const telegram = ascii("/XXX5meter\r\n\r\n1-0:4:24.7.0(1*kW)\r\n1-0:1.7.0(2*kW)\r\n!");
    expect(readDsmr(telegram, true).values).toMatchObject([{ obis: "1-0:1.7.0", value: 2 }]);
    expect(() => readDsmr(telegram, false)).toThrow(Malformed);
  });

  test("a time with a letter tells summer from winter, and only real moments are times", () => {
    expect(readDsmrTime("170702192002S")).toMatchObject({
      daylightSaving: true,
      localMs: Date.UTC(2017, 6, 2, 19, 20, 2),
    });
    expect(readDsmrTime("170702192002")).toMatchObject({ daylightSaving: null });
    expect(readDsmrTime("000000000000")).toBeUndefined();
    expect(readDsmrTime("20170702192002")).toBeUndefined();
  });
});

describe("SML", () => {
  test.each([
    ["D6CA", true, -10550],
    ["D6CA", false, 54986],
    ["FF", true, -1],
    ["1C6904", true, 0x1c6904],
    ["FFFFEF2C", true, -4308],
    ["0008D20349", true, 0x8d20349],
    ["7FFFFFFFFFFFFFFF", true, 2n ** 63n - 1n],
    ["FFFFFFFFFFFFFFFF", false, 2n ** 64n - 1n],
    ["FFFFFFFFFFFFFFFF", true, -1],
  ])("an integer %s extends its sign from its own length (signed: %s)", (hex, signed, value) => {
    expect(toInteger(Buffer.from(hex, "hex"), signed)).toBe(value);
  });

  /** message => transaction, group, abort, body(choice, list), crc, end */
  const file = (entry: string, time = "72620165016DC045"): Buffer =>
    Buffer.from(`76020162006200726307017701020A01${time}71${entry}01010163000000`.replaceAll(" ", ""), "hex");
  const entry = "77070100100700FF0101621B52FF53D6CA01";

  test("a list is read with unit, scaler and sign", () => {
    expect(readSmlLists(file(entry))).toMatchObject([
      {
        sensorTimeMs: null,
        entries: [{ unit: 27, scaler: -1, value: { kind: "number", bytes: 2, value: -10550 } }],
      },
    ]);
  });

  test.each([
    ["seconds since start", "726201650000000A", null],
    ["a timestamp", "72620265665D7780", 0x665d7780 * 1000],
    ["a local timestamp with offsets", "7262037365665D77805300785300 3C", 0x665d7780 * 1000],
    ["nothing", "01", null],
    ["a timestamp beyond all clocks", "726202697FFFFFFFFFFFFFFF", null],
    ["Holley's bare seconds", "65016DC045", null],
  ])("the sensor's time may be %s", (_, time, ms) => {
    expect(readSmlLists(file(entry, time))[0]?.sensorTimeMs).toBe(ms);
  });

  test("any bytes give lists or the one error", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
        let failure: unknown;
        try {
          readSmlLists(noise);
        } catch (error) {
          failure = error;
        }
        expect(failure === undefined || failure instanceof Malformed).toBe(true);
      }),
      { numRuns: 2000, seed: 1 },
    );
  });
});

describe("AMIS", () => {
  test("numbers are little-endian, with a sign where the record says so", () => {
    expect(toIntegerLittleEndian(Buffer.from("00720A00", "hex"), false)).toBe(0x0a7200);
    expect(toIntegerLittleEndian(Buffer.from("ECFFFFFF", "hex"), true)).toBe(-20);
    expect(toIntegerLittleEndian(Buffer.from("ECFFFFFF", "hex"), false)).toBe(0xffffffec);
  });

  test("a CP48 time carries daylight saving in its first byte", () => {
    expect(readCp48(Buffer.from("5F0C08C1170 0".replace(" ", ""), "hex"))).toMatchObject({
      localMs: Date.UTC(2014, 6, 1, 8, 12, 31),
      daylightSaving: true,
    });
    expect(readCp48(Buffer.from("000000000000", "hex"))).toBeUndefined();
    expect(readCp48(Buffer.from("5F0C08C11700", "hex"))?.quality).toBe("ok");
    // EN 13757-3, annex A, type I: bit 7 of the minute says that the time is invalid.
    expect(readCp48(Buffer.from("5F8C08C11700", "hex"))?.quality).toBe("invalid");
  });

  test("a wrong key is known by the check bytes", () => {
    const bytes = Buffer.concat([Buffer.from("5B000000002D4C010E0D005005", "hex"), Buffer.alloc(80, 1)]);
    expect(readAmis(bytes, createSecretKey(Buffer.alloc(16, 7)))).toBeUndefined();
  });
});
