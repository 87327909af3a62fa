import {
  CURRENT_PERIOD,
  FUTURE_MS_MAX,
  meterId,
  registerCode,
  registerOf,
  TIME_MIN_MS,
  valueFault,
  type NormalisedReading,
  type Reading,
} from "@smp/schemas";
import { faultSentence, isReading } from "@smp/schemas/validate";
import { CONNECTION_FACTOR, type ConnectionLimits } from "./connection-limits.ts";
import { Rejection } from "../rejection.ts";

const SERVER_TIME: NonNullable<NormalisedReading["quality"]> = ["server-time"];

/**
 * Checks one decoded reading against the contract and brings it into the form of the log. `device` is from the
 * certificate, `received` in Unix ms UTC. Throws a `Rejection`.
 */
export function normalise(
  value: unknown,
  device: string,
  received: number,
  limits: ConnectionLimits,
): NormalisedReading {
  if (!isReading(value)) throw new Rejection("schema", faultSentence(isReading.errors));
  const t = value.t ?? received;
  checkTime(t, received);
  const meter = meterId(device, value.m);
  const limitW = limits.configured(meter, device);
  if (limitW !== undefined) checkPower(value.r, limitW);
  return {
    meter,
    device,
    t,
    received,
    ...(value.s === undefined ? undefined : { s: value.s }),
    r: registers(value.r),
    ...(value.u === undefined ? undefined : { u: value.u }),
    ...(value.t === undefined ? { quality: [...SERVER_TIME] } : undefined),
  };
}

const POWERS = ["1-0:16.7.0", "1-0:1.7.0", "1-0:2.7.0"] as const;

/** A fuse lets half as much again pass for a while. */
function checkPower(r: Reading["r"], limitW: number): void {
  for (const code of POWERS) {
    const value = r[code] ?? r[`${code}${CURRENT_PERIOD}`] ?? 0;
    if (Math.abs(value) > CONNECTION_FACTOR * limitW)
      throw new Rejection(
        "impossible-value",
        `The register ${code} is ${value} W, but the meter's connection allows ${limitW} W: check the meter's scaler and the unit, or set the connection limit right.`,
      );
  }
}

function checkTime(t: number, received: number): void {
  if (t > received + FUTURE_MS_MAX) throw new Rejection("time-future", futureSentence(t, received));
  if (t < TIME_MIN_MS)
    throw new Rejection(
      "time-past",
      t > TIME_MIN_MS / 1_000 && t < 100_000_000_000
        ? `The time t is ${t}, which looks like seconds: send Unix milliseconds, ${t * 1_000}.`
        : `The time t is ${new Date(t).toISOString()}, before 2020: set the device's clock by NTP before sending, or leave t out.`,
    );
}

function futureSentence(t: number, received: number): string {
  const fromMicroseconds = Math.floor(t / 1_000);
  return fromMicroseconds >= TIME_MIN_MS && fromMicroseconds <= received + FUTURE_MS_MAX
    ? `The time t is ${t}, which looks like microseconds: send Unix milliseconds, ${fromMicroseconds}.`
    : `The time t is ${new Date(Math.min(t, 8.64e15)).toISOString()}, ${Math.round((t - received) / 60_000)} minutes ahead of the platform's clock; at most ${FUTURE_MS_MAX / 60_000} are allowed. Set the device's clock by NTP, in UTC, or leave t out.`;
}

/**
 * The registers without the suffix that only says "current period"; none of them impossible. Nearly always there is no
 * such suffix, and they are taken as they are: decoded for this reading alone.
 */
function registers(source: Reading["r"]): NormalisedReading["r"] {
  for (const code in source) {
    if (!registerOf(code) && code.endsWith(CURRENT_PERIOD)) return withoutSuffix(source);
    checkValue(code, source[code] ?? 0);
  }
  return source;
}

function withoutSuffix(source: Reading["r"]): NormalisedReading["r"] {
  const target: NormalisedReading["r"] = {};
  for (const key of Object.keys(source)) {
    const code = registerCode(key);
    if (code !== key && source[code] !== undefined)
      throw new Rejection(
        "schema",
        `The register ${code} stands twice, with and without ${CURRENT_PERIOD}: send it once.`,
      );
    const value = source[key] ?? 0;
    checkValue(code, value);
    target[code] = value;
  }
  return target;
}

function checkValue(code: string, value: number): void {
  const register = registerOf(code);
  if (!register) return;
  const { unit } = register;
  const fault = valueFault(register, value);
  if (fault === "range")
    throw new Rejection(
      "impossible-value",
      `The register ${code} (${register.label.en}) is ${value} ${unit}, but can only be from ${register.min} to ${register.max} ${unit}: check the meter's scaler and the unit.`,
    );
  if (fault === "fraction")
    throw new Rejection(
      "impossible-value",
      `The register ${code} (${register.label.en}) is ${value}, but a counter is a whole number of ${unit}: ${value} k${unit} is ${Math.round(value * 1_000)} ${unit}.`,
    );
}
