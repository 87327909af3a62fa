import {
  CURRENT_PERIOD,
  FUTURE_MS_MAX,
  meterId,
  METER_ID,
  registerCode,
  registerOf,
  TIME_MIN_MS,
  valueFault,
  type NormalisedReading,
} from "@smp/schemas";
import { faultSentence, isReading } from "@smp/schemas/validate";
import type { RegistryDocument } from "@smp/store";
import type { Manifest } from "../contract/manifest.ts";
import type { DerivedReading, Emitted, EmittedEvent } from "../contract/processor.ts";
import { ExtensionFailure, type FailureReason } from "./failure.ts";
import type { Sight } from "./store-view.ts";

const READINGS_MAX = 10_000;
/** As many as are kept of a processor. */
const EVENTS_MAX = 1_000;
const DATA_BYTES_MAX = 4_096;
const EVENT_ID = /^[A-Za-z0-9._:-]{1,160}$/;
const EVENT_TYPE = /^[a-z][a-z0-9-]{0,39}$/;

/** What a processor emitted, checked against its manifest and the contract, in the form of log and store. */
export interface CheckedEmission {
  readings: NormalisedReading[];
  events: RegistryDocument[];
}

/** Throws an `ExtensionFailure` at the first thing that is not as it must be: then nothing of the batch counts. */
export function checkEmission(
  value: unknown,
  manifest: Manifest,
  sight: Sight,
  now: number,
): CheckedEmission {
  const fail = (reason: FailureReason, detail: string): ExtensionFailure =>
    new ExtensionFailure(manifest.name, reason, detail);
  if (value === null || value === undefined) return { readings: [], events: [] };
  if (typeof value !== "object")
    throw fail("threw", "answered with neither nothing nor { readings, events }.");
  const { readings = [], events = [] } = value as Emitted;
  if (!Array.isArray(readings) || readings.length > READINGS_MAX)
    throw fail("threw", `must emit a list of at most ${READINGS_MAX} readings.`);
  if (!Array.isArray(events) || events.length > EVENTS_MAX)
    throw fail("threw", `must emit a list of at most ${EVENTS_MAX} events.`);
  if (readings.length > 0 && !manifest.rights?.emit)
    throw fail("right", 'emitted readings, but its manifest lacks the right "emit".');
  if (events.length > 0 && !manifest.rights?.events)
    throw fail("right", 'emitted events, but its manifest lacks the right "events".');
  return {
    readings: (readings as DerivedReading[]).map((reading) => derived(reading, manifest.name, now, fail)),
    events: (events as EmittedEvent[]).map((event) => document(event, manifest.name, sight, now, fail)),
  };
}

type Fail = (reason: FailureReason, detail: string) => ExtensionFailure;

function derived(given: DerivedReading, name: string, now: number, fail: Fail): NormalisedReading {
  const { m, t, r, u } = given ?? {};
  const reading: unknown = { v: 1, m, t, r, ...(u !== undefined && { u }) };
  if (!isReading(reading))
    throw fail("threw", `emitted a reading that is none: ${faultSentence(isReading.errors)}`);
  const { m: meter, t: time, r: registers } = reading;
  if (meter === undefined || time === undefined) throw fail("threw", "emitted a reading without m or t.");
  if (time > now + FUTURE_MS_MAX || time < TIME_MIN_MS)
    throw fail("threw", `emitted a reading of the time ${time}, which lies ahead or before 2020.`);
  const fault = registerFault(registers);
  if (fault !== undefined) throw fail("threw", `emitted ${fault}.`);
  const device = `x-${name}`;
  return {
    meter: meterId(device, meter),
    device,
    t: time,
    received: now,
    r: Object.fromEntries(Object.entries(registers).map(([key, value]) => [registerCode(key), value])),
    ...(u !== undefined && { u: { ...u } }),
  };
}

/** What is refused of a device: money is counted in whole Wh, and nobody would be asked where the half one is from. */
export function registerFault(registers: Readonly<Record<string, number>>): string | undefined {
  for (const [key, value] of Object.entries(registers)) {
    const code = registerCode(key);
    if (code !== key && registers[code] !== undefined)
      return `${code} twice, with and without ${CURRENT_PERIOD}`;
    const register = registerOf(code);
    if (!register) continue;
    const { unit, min, max } = register;
    const fault = valueFault(register, value);
    if (fault === "range") return `${value} ${unit} as ${code}, which can only be from ${min} to ${max}`;
    if (fault === "fraction") return `${value} as ${code}, but a counter is a whole number of ${unit}`;
  }
  return undefined;
}

function document(
  given: EmittedEvent,
  name: string,
  sight: Sight,
  now: number,
  fail: Fail,
): RegistryDocument {
  const { id, type, meter, t, title, data } = given ?? {};
  const wrong = (what: string): ExtensionFailure => fail("threw", `emitted an event ${what}.`);
  if (typeof id !== "string" || !EVENT_ID.test(id)) throw wrong(`whose id is not ${String(EVENT_ID)}`);
  if (typeof type !== "string" || !EVENT_TYPE.test(type))
    throw wrong(`whose type is not ${String(EVENT_TYPE)}`);
  if (typeof title !== "string" || title === "" || title.length > 200)
    throw wrong("whose title is not a text of 1 to 200 characters");
  if (!Number.isSafeInteger(t) || t < TIME_MIN_MS || t > now + FUTURE_MS_MAX)
    throw wrong(`of the time ${String(t)}, which lies ahead or before 2020`);
  if (typeof meter !== "string" || !METER_ID.test(meter) || !sight.canRead(meter, "month"))
    throw wrong("about a meter that it may not read");
  if (data !== undefined && JSON.stringify(data).length > DATA_BYTES_MAX)
    throw wrong(`with more than ${DATA_BYTES_MAX} bytes of data`);
  return {
    kind: "event",
    id: `${name}/${id}`,
    value: { extension: name, id, type, meter, t, title, ...(data !== undefined && { data }) },
    t: now,
  };
}
