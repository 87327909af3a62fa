import { expect } from "vitest";
import type { Telegram } from "../../src/meter/telegram.ts";
import type { Expected, Vector } from "./vectors.ts";

/** `1.0.1.8.0.255` and `1-0:1.8.0` alike; the reference marks an object's other attributes with `/n`. */
function codeOf(key: string): string {
  const dotted = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\.(\d+)\.\d+(?:\/\d+)?$/.exec(key);
  return dotted ? `${dotted[1]}-${dotted[2]}:${dotted[3]}.${dotted[4]}.${dotted[5]}` : key;
}

/** The reference took every text of 12 digits for a time; the meter means an empty equipment number. */
const NOT_A_TIME = "2000-00-00T00:00:00";

/** Compares a telegram with what the vector's author worked out, value by value; no value may be left over. */
export function expectTelegram(telegram: Telegram, expected: Expected, vector: Vector): void {
  if (expected.timestamp !== undefined) expect(telegram.time).toBe(expected.timestamp);
  if (expected.timestamp_utc !== undefined) expect(telegram.t).toBe(Date.parse(expected.timestamp_utc));
  if (expected.system_title !== undefined) expect(telegram.systemTitle).toBe(expected.system_title);
  if (expected.frame_counter !== undefined) expect(telegram.frameCounter).toBe(expected.frame_counter);
  const registers: Telegram["registers"] = {};
  for (const [key, { value, unit, at }] of Object.entries(expected.obis ?? {})) {
    const code = codeOf(key);
    if (typeof value === "number")
      registers[code] = { value, unit: unit ?? "", ...(at === undefined ? {} : { at }) };
    else if (Array.isArray(value)) expectList(telegram, code, value);
    else if (value !== NOT_A_TIME) expect(telegram.texts[code], code).toBe(value);
  }
  for (const code of Object.keys(telegram.registers))
    if (vector.expected !== undefined && !(code in registers) && !isDated(expected, code))
      expect.fail(`${code} was not expected`);
  for (const [code, value] of Object.entries(registers))
    expect(telegram.registers[code], code).toEqual(value);
  for (const item of expected.untagged ?? [])
    if (typeof item === "string") expect(Object.values(telegram.texts)).toContain(item);
}

/** Peaks (time)(value*unit): the reference keeps the groups, we the value with its time. */
const isDated = (expected: Expected, code: string): boolean => Array.isArray(expected.obis?.[code]?.value);

function expectList(telegram: Telegram, code: string, groups: readonly string[]): void {
  const register = telegram.registers[code];
  if (register === undefined) expect(telegram.texts[code]).toBe(`(${groups.join(")(")})`);
  else expect(Number(groups[1]?.split("*")[0])).toBe(register.value);
}
