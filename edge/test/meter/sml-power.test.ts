import { expect, test } from "vitest";
import type { Telegram } from "../../src/meter/telegram.ts";
import { toReading } from "../../src/meter/to-reading.ts";
import { sml } from "../framing/builders.ts";
import { decodeChunks, telegramsOf } from "./replay.ts";

/** The list of public captures, its numbers replaced: one SML file with the server's id and its entries, in hex. */
function read(server: string, entries: readonly string[]): Telegram {
  const list = `77010b${server}070100620affff72620165028C5F947${entries.length}${entries.join("")}0101`;
  const message = `7605010203046200620072630701${list}63000000`;
  const [telegram] = telegramsOf(decodeChunks([sml([...Buffer.from(message, "hex")])]));
  if (telegram === undefined) throw new Error("no telegram");
  return telegram;
}
/** Name, status, unit, scaler, value. */
const entry = (obis: string, status: string, unit: string, scaler: string, value: string): string =>
  `7707${obis}${status}0162${unit}52${scaler}${value}01`;

const EMH = "0901454d480000000001";
const DZG = "0a01445a470002faf080";
const power = (telegram: Telegram): unknown => {
  const { "1-0:16.7.0": total, "1-0:36.7.0": first } = toReading(telegram).r;
  return { total, first };
};

test.each([
  ["import", "630182", 126.6],
  ["export", "6301a2", -126.6],
  ["export, as 24 bits", "640001a2", -126.6],
  ["nothing", "01", undefined],
])(
  "EMH eHZ state power without a sign, and its direction in the counter's status: %s",
  (_, status, total) => {
    const telegram = read(EMH, [
      entry("0100010800ff", status, "1e", "ff", "560010000000"),
      entry("01000f0700ff", "01", "1b", "ff", "55000004f2"),
    ]);
    expect(telegram.registers["1-0:15.7.0"]).toEqual({ value: 126.6, unit: "W" });
    expect(power(telegram)).toEqual({ total, first: undefined });
  },
);

test("a signed power keeps its sign whatever the status says", () => {
  const telegram = read(EMH, [
    entry("0100010800ff", "6301a2", "1e", "ff", "560010000000"),
    entry("01000f0700ff", "01", "1b", "ff", "55000004f2"),
    entry("0100100700ff", "01", "1b", "ff", "55fffff3fa"),
  ]);
  expect(power(telegram)).toEqual({ total: -307.8, first: undefined });
});

test("a DZG meter that counts no export has no negative power: its two bytes are unsigned", () => {
  const counter = entry("0100010800ff", "64040104", "1e", "ff", "6505f94ab8");
  const first = entry("0100240700ff", "01", "1b", "fe", "53c60c");
  expect(power(read(DZG, [counter, first]))).toEqual({ total: undefined, first: 507 });
  const both = entry("0100020800ff", "01", "1e", "ff", "6505f94ab8");
  expect(power(read(DZG, [counter, both, first]))).toEqual({ total: undefined, first: -148.36 });
});
