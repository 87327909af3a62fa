import { instantsOf, REGISTERS, TIME_MIN_MS, type Registers } from "@smp/schemas";
import type { Fault } from "../contract/input.ts";

export type Json = { readonly [key: string]: unknown };

export const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The payload as JSON, or the fault. */
export function jsonOf(payload: Uint8Array): { value: unknown } | Fault {
  const text = new TextDecoder().decode(payload);
  try {
    return { value: JSON.parse(text) as unknown };
  } catch (error) {
    return { fault: `The payload is no JSON (${(error as Error).message}).` };
  }
}

/**
 * Which of several meters behind one device a message is from, such as a mosquitto at home: else they would be taken for
 * one. Nothing when the name is the device's own, or has no letter that a meter's name may have.
 */
export function meterBehind(device: string, name: string): { m?: string } {
  const m = name
    .replaceAll(/[^A-Za-z0-9-]+/g, "-")
    .replace(/^-+/, "")
    .slice(0, 63);
  return m === "" || m === device ? {} : { m };
}

/** A register, and the factor from the payload's unit to the register table's. */
export interface Target {
  register: string;
  factor: number;
}

const COUNTER = /^\d+-\d+:\d+\.8\.\d+$/;

/** A value in the register's unit; counters of energy as the whole numbers that the contract asks for. */
export function scaled(value: number, { register, factor }: Target): number {
  const product = value * factor;
  // Twelve digits: what a factor of 1000 does to a decimal fraction is not a digit of the meter's.
  return COUNTER.test(register) ? Math.round(product) : Number(product.toPrecision(12));
}

/** Adds a value that is a finite number; others are left out. */
export function put(registers: Registers, value: unknown, target: Target | undefined): void {
  if (target && typeof value === "number" && Number.isFinite(value))
    registers[target.register] = scaled(value, target);
}

/** How far a register that the table does not name is shifted, at least and beyond that at most. */
const UNKNOWN_PLACES = { from: 100, count: 800 } as const;

/**
 * The millisecond that a register has for itself within a second. Values that come as messages of their own may all state
 * the same second, and the store keeps one reading a meter and millisecond, the last: the others would be lost.
 */
export function placeOf(register: string): number {
  const at = REGISTERS.findIndex(({ code }) => code === register);
  if (at >= 0) return at + 1;
  let hash = 0;
  for (const char of register) hash = (hash * 31 + char.charCodeAt(0)) % UNKNOWN_PLACES.count;
  return UNKNOWN_PLACES.from + hash;
}

/** Reads a setting such as `E_in=1-0:1.8.0*1000,P=1-0:16.7.0`. */
export function targetsOf(setting: string | undefined): ReadonlyMap<string, Target> {
  const targets = new Map<string, Target>();
  for (const part of (setting ?? "").split(",")) {
    const match = /^\s*([^=]+)=([^*]+?)(?:\*([\d.]+))?\s*$/.exec(part);
    if (match) targets.set(match[1] ?? "", { register: match[2] ?? "", factor: Number(match[3] ?? 1) });
  }
  return targets;
}

const LOCAL = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:\d\d)?$/;

/**
 * A time without offset, as it is in a zone, in Unix ms UTC. In the hour that comes twice it is the one nearer to the time
 * of arrival. `undefined` for what is no time, for the hour that there is not, and for a clock that was never set.
 */
export function localTime(text: unknown, timeZone: string, received: number): number | undefined {
  return setTime(readTime(text, timeZone, received));
}

/** A time in Unix ms, of whatever type it came; `undefined` for what is none, and for that of a clock that was never set. */
export const setTime = (ms: unknown): number | undefined =>
  typeof ms === "number" && Number.isFinite(ms) && ms >= TIME_MIN_MS ? Math.round(ms) : undefined;

function readTime(text: unknown, timeZone: string, received: number): number | undefined {
  const match = typeof text === "string" ? LOCAL.exec(text) : null;
  if (!match) return undefined;
  const [, date, clock, offset] = match;
  if (offset !== undefined) return Date.parse(`${date}T${clock}${offset}`);
  const naive = Date.parse(`${date}T${clock}Z`);
  if (Number.isNaN(naive)) return undefined;
  return instantsOf(naive, timeZone).sort((a, b) => Math.abs(a - received) - Math.abs(b - received))[0];
}
