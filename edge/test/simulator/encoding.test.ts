import { createDecipheriv } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { encipher, keyFromHex } from "../../src/simulator/ciphering.ts";
import { kaifaIdentity } from "../../src/simulator/kaifa-identity.ts";
import type { KaifaDialect } from "../../src/simulator/kaifa-identity.ts";
import { encodeNotification, type KaifaValues } from "../../src/simulator/kaifa-list.ts";
import { encodeMbusFrames } from "../../src/simulator/mbus-frames.ts";

interface Vector {
  frames_hex: string;
  key_hex: string;
  expected: {
    timestamp_utc: string;
    frame_counter: number;
    invoke_id: number;
    system_title: string;
    obis: Record<string, { value: number | string }>;
  };
}

const vector = (name: string): Vector =>
  JSON.parse(readFileSync(new URL(`../fixtures/telegrams/${name}.json`, import.meta.url), "utf8")) as Vector;

/** A capture's values as the emulator takes them; only what the vector states, nothing of the emulator's own. */
function valuesOf({ expected }: Vector, phases: 1 | 3): KaifaValues {
  const value = (c: number, d: number): number =>
    Number(expected.obis[`1.0.${c}.${d}.0.255`]?.value ?? Number.NaN);
  const each = [0, 20, 40].slice(0, phases);
  return {
    stampedMs: Date.parse(expected.timestamp_utc),
    importWh: value(1, 8),
    exportWh: value(2, 8),
    importVarh: value(3, 8),
    exportVarh: value(4, 8),
    importW: value(1, 7),
    exportW: value(2, 7),
    voltageV: each.map((step) => value(32 + step, 7)),
    currentA: each.map((step) => value(31 + step, 7)),
    powerFactor: value(13, 7),
  };
}

describe("an operator's capture, encoded again from its values, is the same bytes", () => {
  test.each<[string, KaifaDialect, number, 1 | 3, number, [number, number]]>([
    ["at-netznoe-ma309-doc", "netz-noe", 9, 3, 0x20, [256, 26]],
    ["at-ksmwest-ma309-anon", "ksmwest", 456_789, 3, 0x21, [256, 120]],
    ["at-tirol-ma110-doc", "ksmwest", 35, 1, 0x21, [256, 44]],
  ])("%s", (name, dialect, serial, phases, securityControl, frameBytes) => {
    const capture = vector(name);
    const identity = kaifaIdentity(dialect, serial, phases);
    expect(Buffer.from(identity.systemTitle).toString("hex")).toBe(capture.expected.system_title);
    const plaintext = encodeNotification(valuesOf(capture, phases), {
      dialect,
      identity,
      invokeId: capture.expected.invoke_id,
    });
    const apdu = encipher(plaintext, {
      systemTitle: identity.systemTitle,
      frameCounter: capture.expected.frame_counter,
      key: keyFromHex("key", capture.key_hex),
      securityControl,
    });
    const frames = encodeMbusFrames(apdu);
    expect(frames.map((frame) => frame.length)).toEqual(frameBytes);
    expect(Buffer.concat(frames).toString("hex").toUpperCase()).toBe(capture.frames_hex);
  });

  test("at-salzburg-ma309-plain, in winter", () => {
    const capture = vector("at-salzburg-ma309-plain");
    const plaintext = encodeNotification(valuesOf(capture, 3), {
      dialect: "ksmwest",
      identity: kaifaIdentity("ksmwest", 234_804, 3),
      invokeId: capture.expected.invoke_id,
    });
    expect(plaintext.toString("hex").toUpperCase()).toBe(capture.frames_hex);
  });

  test("a Sagemcom's wrapped length 68 01 01 68", () => {
    const wire = Buffer.from(vector("at-netznoe-t210d-wrap-nokey").frames_hex, "hex");
    const apdu = Buffer.concat([wire.subarray(9, 9 + 252), wire.subarray(263 + 9, 263 + 9 + 8)]);
    expect(Buffer.concat(encodeMbusFrames(apdu, { wrappedLength: true }))).toEqual(wire);
  });

  test("an operator's single segment", () => {
    const wire = Buffer.from(vector("at-salzburg-doc-single-segment").frames_hex, "hex");
    expect(Buffer.concat(encodeMbusFrames(wire.subarray(9, -2)))).toEqual(wire);
  });
});

test("a Landis+Gyr's authenticated telegram, enciphered again, is the same bytes", () => {
  const capture = vector("at-burgenland-e450-auth-1-anon") as Vector & { auth_key_hex: string };
  const wire = Buffer.from(capture.frames_hex, "hex");
  const apdu = wire.subarray(wire.indexOf(Buffer.from("db084c475a", "hex")), -3);
  const key = keyFromHex("key", capture.key_hex);
  const authenticationKey = keyFromHex("authenticationKey", capture.auth_key_hex);
  const vectorBytes = Buffer.concat([apdu.subarray(2, 10), apdu.subarray(12, 16)]);
  const decipher = createDecipheriv("aes-128-gcm", key, vectorBytes, { authTagLength: 12 });
  decipher.setAAD(Buffer.concat([Uint8Array.of(0x30), authenticationKey])).setAuthTag(apdu.subarray(-12));
  const plaintext = Buffer.concat([decipher.update(apdu.subarray(16, -12)), decipher.final()]);

  expect(
    encipher(plaintext, {
      systemTitle: apdu.subarray(2, 10),
      frameCounter: capture.expected.frame_counter,
      key,
      authenticationKey,
      securityControl: 0x30,
    }),
  ).toEqual(Buffer.from(apdu));
});

test("lengths take one, two and three bytes", () => {
  const lengthBytes = (plaintextBytes: number): string =>
    encipher(Buffer.alloc(plaintextBytes), {
      systemTitle: Buffer.alloc(8),
      frameCounter: 1,
      key: Buffer.alloc(16),
      securityControl: 0x20,
    })
      .subarray(10, 13)
      .toString("hex");
  expect(lengthBytes(0x7f - 5)).toBe("7f2000");
  expect(lengthBytes(0x80 - 5)).toBe("818020");
  expect(lengthBytes(0xff - 5)).toBe("81ff20");
  expect(lengthBytes(0x100 - 5)).toBe("820100");
});
