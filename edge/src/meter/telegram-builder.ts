import type { CosemData } from "../protocol/cosem-data.ts";
import { formatDateTime, readDateTime } from "../protocol/date-time.ts";
import { scaled } from "../protocol/decimal.ts";
import { isPrintable, toHex, toLatin1 } from "../protocol/octets.ts";
import { implicitUnit } from "./implicit-unit.ts";
import type { MeterProfile, Scalers } from "./profile.ts";
import type { Telegram } from "./telegram.ts";

/** Where meters put their number, most usual first. */
const METER_NUMBERS = ["0-0:96.1.0", "0-0:42.0.0", "0-0:96.1.1", "1-0:96.1.0", "1-0:0.0.0", "1-0:0.0.9"];
const DEFAULT_SCALERS: Scalers = { energy: 0 };

export interface StatedUnit {
  scaler: number | null;
  unit: string | null;
}

export function emptyTelegram(protocol: Telegram["protocol"]): Telegram {
  return {
    protocol,
    profile: null,
    meter: null,
    time: null,
    t: null,
    frameCounter: null,
    systemTitle: null,
    registers: {},
    texts: {},
  };
}

/** Files one value of a list under its code: numbers with their unit, the rest as text. */
export function putValue(
  telegram: Telegram,
  obis: string,
  data: CosemData,
  stated: StatedUnit,
  profile: MeterProfile | undefined,
): void {
  if (data.kind === "number") putNumber(telegram, obis, data.value, stated, profile);
  else if (data.kind === "boolean") telegram.registers[obis] = { value: data.value ? 1 : 0, unit: "" };
  else {
    const text = toText(data);
    if (text !== undefined) telegram.texts[textCode(obis)] = text;
  }
}

/** Texts have no billing periods: what some makers write into group F only clutters their codes. */
export const textCode = (obis: string): string => obis.replace(/\*\d+$/, "");

function putNumber(
  telegram: Telegram,
  obis: string,
  raw: number | bigint,
  stated: StatedUnit,
  profile: MeterProfile | undefined,
): void {
  const implied =
    stated.scaler === null ? implicitUnit(obis, profile?.scalers ?? DEFAULT_SCALERS) : undefined;
  const value = scaled(raw, stated.scaler ?? implied?.scaler ?? 0);
  // Beyond 2^53 a number would be another value: the digits stay exact as text.
  if (value === undefined) telegram.texts[textCode(obis)] = String(raw);
  else telegram.registers[obis] = { value, unit: stated.unit ?? implied?.unit ?? "" };
}

/** Text of a value that is no number: a name, a time (RFC 3339), else hex; `undefined` for null and lists. */
export function toText(data: CosemData): string | undefined {
  switch (data.kind) {
    case "text":
      return data.value;
    case "octets": {
      if (isPrintable(data.value)) return toLatin1(data.value);
      const time = readDateTime(data.value);
      return time === undefined ? toHex(data.value) : formatDateTime(time);
    }
    case "date-time": {
      const time = readDateTime(data.value);
      return time === undefined ? toHex(data.value) : formatDateTime(time);
    }
    case "bits":
    case "date":
    case "time":
      return toHex(data.value);
    default:
      return undefined;
  }
}

/** The meter number as the telegram carries it, where one of the profile's or the usual codes has it. */
export function meterNumber(
  { texts, registers }: Telegram,
  profile: MeterProfile | undefined,
): string | null {
  for (const code of [...(profile?.meterNumbers ?? []), ...METER_NUMBERS]) {
    const register = registers[code];
    const number = texts[code] ?? (register === undefined ? "" : String(register.value));
    if (number !== "") return number;
  }
  return null;
}
