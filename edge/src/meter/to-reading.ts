import { DAY_MS, registerOf, REGISTERS_MAX, TIME_MIN_MS, valueFault, type Unit } from "@smp/schemas";
import type { Telegram, TelegramValue } from "./telegram.ts";

/** What the platform takes from a telegram. */
export interface MeterReading {
  /** Unix ms UTC; absent when the telegram states no time that can be believed. */
  t?: number;
  /** Meter number in the characters of the contract. */
  m?: string;
  /** OBIS `A-B:C.D.E` to number, in the units of the register table. */
  r: Record<string, number>;
}

/** Units as meters write them, without regard to case, the table's unit with the power of ten between them, and the joules in it. */
const UNITS: Readonly<Record<string, { unit: Unit; exponent: number; divisor?: number }>> = {
  j: { unit: "Wh", exponent: 0, divisor: 3_600 },
  mj: { unit: "Wh", exponent: 6, divisor: 3_600 },
  gj: { unit: "Wh", exponent: 9, divisor: 3_600 },
  wh: { unit: "Wh", exponent: 0 },
  kwh: { unit: "Wh", exponent: 3 },
  mwh: { unit: "Wh", exponent: 6 },
  varh: { unit: "varh", exponent: 0 },
  kvarh: { unit: "varh", exponent: 3 },
  w: { unit: "W", exponent: 0 },
  kw: { unit: "W", exponent: 3 },
  var: { unit: "var", exponent: 0 },
  kvar: { unit: "var", exponent: 3 },
  va: { unit: "VA", exponent: 0 },
  kva: { unit: "VA", exponent: 3 },
  v: { unit: "V", exponent: 0 },
  kv: { unit: "V", exponent: 3 },
  a: { unit: "A", exponent: 0 },
  ka: { unit: "A", exponent: 3 },
  hz: { unit: "Hz", exponent: 0 },
  m3: { unit: "m3", exponent: 0 },
  l: { unit: "m3", exponent: -3 },
};
const CODE = /^\d{1,3}-\d{1,3}:\d{1,3}\.\d{1,3}\.\d{1,3}$/;
/** Electricity, heat, gas and water: other media hold the meter's own settings and texts. */
const MEDIA = /^[16789]-/;
/** DSMR: a meter on channel n, its device type (EN 13757-3) and its value. */
const CHANNEL = /^0-(\d):24\.(?:2\.1|2\.3|3\.0)$/;
const CODE_OF_DEVICE: Readonly<Record<number, string>> = { 3: "7-0:3.0.0", 4: "6-0:1.0.0", 7: "8-0:1.0.0" };
/** Meters of one kind behind one that are read at most this far apart are both alive. */
const STALE_MS = DAY_MS;
const METER_LENGTH_MAX = 63;

/**
 * Converts a telegram into the platform's units: kWh and GJ to Wh, kW to W, exact in decimals; Wh and varh in whole numbers.
 * Values without a unit, or with one that the register cannot have, are left out rather than mislabelled.
 */
export function toReading(telegram: Telegram): MeterReading {
  const values = new Map<string, number>();
  const takenMs = new Map<string, number>();
  for (const [obis, value] of Object.entries(telegram.registers)) {
    const code = platformCode(obis, telegram);
    if (code === undefined || (code !== obis && telegram.registers[code] !== undefined)) continue;
    const number = convert(code, value);
    if (number === undefined) continue;
    // The gas meter that was exchanged keeps its channel, with its last value, for years.
    const ms = takenAt(value, telegram);
    if (ms < (takenMs.get(code) ?? ms) - STALE_MS) continue;
    values.set(code, number);
    takenMs.set(code, ms);
  }
  if (telegram.protocol === "dsmr")
    for (const direction of [1, 2]) addTotal(values, `1-0:${direction}.8`, telegram);
  // What the platform has a name for goes first, should a telegram carry more than a reading may.
  const sorted = [...values].sort(([a], [b]) => Number(!registerOf(a)) - Number(!registerOf(b)));
  const r = Object.fromEntries(sorted.slice(0, REGISTERS_MAX));
  const m = contractMeter(telegram.meter);
  return {
    ...(telegram.t === null || telegram.t < TIME_MIN_MS ? {} : { t: telegram.t }),
    ...(m === undefined ? {} : { m }),
    r,
  };
}

/** When a value was taken; long ago where the meter says a time to come: it has never been read. */
function takenAt({ at }: TelegramValue, { t }: Telegram): number {
  const ms = at === undefined ? Number.NaN : Date.parse(at);
  return t !== null && ms > t + STALE_MS ? 0 : ms;
}

/**
 * Dutch and Belgian meters tell both tariffs and no total, which is what the platform's energy rests on. Only DSMR: each of
 * its telegrams holds all counters, so the total never stands beside one that the meter itself tells.
 */
function addTotal(values: Map<string, number>, counter: string, { registers }: Telegram): void {
  const [total, ...tariffs] = [0, 1, 2].map((tariff) => `${counter}.${tariff}`) as [string, string, string];
  if (registers[total] !== undefined || registers[`${counter}.3`] !== undefined) return;
  const [first, second] = tariffs.map((code) => values.get(code));
  if (first === undefined || second === undefined) return;
  if (first + second <= (registerOf(total)?.max ?? 0)) values.set(total, first + second);
}

function platformCode(obis: string, { texts }: Telegram): string | undefined {
  const channel = obis.startsWith("0-") ? CHANNEL.exec(obis)?.[1] : undefined;
  if (channel !== undefined) return CODE_OF_DEVICE[Number(texts[`0-${channel}:24.1.0`])];
  const known = codes.get(obis);
  if (known !== undefined) return known === "" ? undefined : known;
  if (codes.size >= CODES_MAX) codes.clear();
  const code = generalCode(obis);
  codes.set(obis, code ?? "");
  return code;
}

/** Codes whose translation is kept; a meter sends the same few dozen for years. */
const CODES_MAX = 1024;
const codes = new Map<string, string>();

function generalCode(obis: string): string | undefined {
  if (!CODE.test(obis) || !MEDIA.test(obis)) return undefined;
  // Kamstrup and Swiss meters count on electricity channel 1 what others count on channel 0.
  const general = obis.replace(/^1-1:/, "1-0:");
  return registerOf(general) === undefined ? obis : general;
}

function convert(code: string, { value, unit }: TelegramValue): number | undefined {
  const register = registerOf(code);
  if (unit === "") return register?.unit === "1" ? value : undefined;
  const known = UNITS[unit.toLowerCase()];
  if (known === undefined || (register !== undefined && register.unit !== known.unit)) return undefined;
  // Shifting the decimal point in the text is exact; multiplying 2.027 by 1000 is not.
  const shifted = known.exponent === 0 ? value : Number(`${value}e${known.exponent}`);
  const exact = known.divisor === undefined ? shifted : shifted / known.divisor;
  const number = known.unit === "Wh" || known.unit === "varh" ? Math.round(exact) : exact;
  const possible = register === undefined || valueFault(register, number) === undefined;
  return possible && Math.abs(number) <= Number.MAX_SAFE_INTEGER ? number : undefined;
}

function contractMeter(meter: string | null): string | undefined {
  const m = (meter ?? "")
    .replace(/[^A-Za-z0-9-]/g, "")
    .replace(/^-+/, "")
    .slice(0, METER_LENGTH_MAX);
  return /^0*$/.test(m) ? undefined : m;
}
