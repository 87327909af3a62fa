import {
  netPowerW,
  registerName,
  registerOf,
  REGISTERS,
  toOffsetString,
  type NormalisedReading,
} from "@smp/schemas";
import type { Latest, LatestValue, RawReading } from "@smp/schemas/api";
import type { LatestReading } from "@smp/store";

/** A power value older than this beside the newest reading is no longer the power now. */
const POWER_AGE_MS_MAX = 60_000;
const POWER_CODES = ["1-0:16.7.0", "1-0:1.7.0", "1-0:2.7.0"];
const order = new Map(REGISTERS.map((register, index) => [register.code, index]));
const orderOf = (code: string): number => order.get(code) ?? REGISTERS.length;
/** Sorts codes: known registers first, in the register table's order. */
export const inTableOrder = (a: string, b: string): number => orderOf(a) - orderOf(b) || (a < b ? -1 : 1);

/** Net power of the newest reading that carries it. */
export function powerNow(latest: LatestReading): number | null {
  const times = POWER_CODES.flatMap((code) => latest.registers[code]?.t ?? []);
  const newest = Math.max(...times);
  if (times.length === 0 || newest < latest.t - POWER_AGE_MS_MAX) return null;
  // Import of one moment minus export of another would be the power of none.
  const together = POWER_CODES.flatMap((code) => {
    const register = latest.registers[code];
    return register?.t === newest ? [[code, register.value] as const] : [];
  });
  return netPowerW(Object.fromEntries(together)) ?? null;
}

function latestValue(code: string, { value, t }: { value: number; t: number }): LatestValue {
  const known = registerOf(code);
  return {
    value,
    unit: known?.unit ?? null,
    name: registerName(code),
    label: known?.label ?? { de: code, en: code },
    t,
  };
}

/** The newest values of a meter as the API shows them. */
export function latestAnswer(latest: LatestReading, tz: string, now: number): Latest {
  const registers = Object.entries(latest.registers).sort(([a], [b]) => inTableOrder(a, b));
  return {
    meter: latest.meter,
    device: latest.device,
    t: latest.t,
    time: toOffsetString(latest.t, tz),
    age_s: ageS(latest.t, now),
    tz,
    power_w: powerNow(latest),
    quality: [...(latest.quality ?? [])],
    registers: Object.fromEntries(registers.map(([code, value]) => [code, latestValue(code, value)])),
  };
}

/** A reading in the form of the newest values, for streams that catch up. */
export const asLatest = ({ meter, device, t, received, r, quality }: NormalisedReading): LatestReading => ({
  meter,
  device,
  t,
  received,
  registers: Object.fromEntries(Object.entries(r).map(([code, value]) => [code, { value, t }])),
  ...(quality ? { quality } : {}),
});

export const rawReading = (reading: NormalisedReading, tz: string): RawReading => ({
  t: reading.t,
  time: toOffsetString(reading.t, tz),
  received: toOffsetString(reading.received, tz),
  ...(reading.s === undefined ? {} : { s: reading.s }),
  power_w: netPowerW(reading.r) ?? null,
  quality: [...(reading.quality ?? [])],
  registers: { ...reading.r },
  ...(reading.u ? { units: { ...reading.u } } : {}),
});

/** Seconds since a time, one decimal; 0 for a clock that runs ahead. */
export const ageS = (t: number, now: number): number => Math.max(0, Math.round((now - t) / 100) / 10);
