import type { Reading, Registers } from "@smp/schemas";
import { Decoder } from "cbor-x";
import type { Fault, Input } from "../../contract/input.ts";
import { isObject, jsonOf, scaled } from "../payload.ts";

// Source: RFC 8428 (SenML): section 4 fields and resolution, section 6 CBOR labels, 4.5.3 time; RFC 8798 secondary units.
const LABELS: readonly (readonly [number, keyof Entry])[] = [
  [-5, "bv"],
  [-4, "bu"],
  [-3, "bt"],
  [-2, "bn"],
  [0, "n"],
  [1, "u"],
  [2, "v"],
  [6, "t"],
];
/** Times below are relative to now (4.5.3). */
const ABSOLUTE_FROM_S = 2 ** 28;
const FACTORS: Readonly<Record<string, number>> = {
  Wh: 1,
  kWh: 1_000,
  MWh: 1_000_000,
  J: 1 / 3_600,
  W: 1,
  kW: 1_000,
  varh: 1,
  kvarh: 1_000,
  var: 1,
  kvar: 1_000,
  VA: 1,
  V: 1,
  mV: 0.001,
  A: 1,
  mA: 0.001,
  Hz: 1,
  m3: 1,
  l: 0.001,
  "/": 1,
};
const OBIS = /(?:^|[:/_])(\d{1,3}-\d{1,3}:\d{1,3}\.\d{1,3}\.\d{1,3})$/;

/** As it came: nothing is sure of a field but its name. */
type Entry = Readonly<Partial<Record<"bn" | "bt" | "bu" | "bv" | "n" | "u" | "v" | "t", unknown>>>;

const decoder = new Decoder({ mapsAsObjects: false, useRecords: false });

const input: Input = {
  decode({ payload, received }) {
    const pack = (payload[0] ?? 0) >= 0x80 ? cborPack(payload) : jsonPack(payload);
    return "fault" in pack ? pack : resolve(pack.entries, received);
  },
};
export default input;

function jsonPack(payload: Uint8Array): { entries: Entry[] } | Fault {
  const json = jsonOf(payload);
  if ("fault" in json) return json;
  return Array.isArray(json.value) && json.value.every((entry) => isObject(entry))
    ? { entries: json.value }
    : { fault: "A SenML pack is an array of records." };
}

function cborPack(payload: Uint8Array): { entries: Entry[] } | Fault {
  let value: unknown;
  try {
    value = decoder.decode(payload);
  } catch (error) {
    return { fault: `The CBOR does not decode (${(error as Error).message}).` };
  }
  if (!Array.isArray(value) || !value.every((entry) => entry instanceof Map))
    return { fault: "A SenML pack in CBOR is an array of maps with numbers as keys." };
  const entries = (value as Map<unknown, unknown>[]).map(
    (entry) =>
      Object.fromEntries(
        LABELS.filter(([label]) => entry.has(label)).map(([label, name]) => [name, entry.get(label)]),
      ) as Entry,
  );
  return { entries };
}

const textOf = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

/** Resolves base fields (4.6), and gathers what was measured at the same time into one reading. */
function resolve(entries: readonly Entry[], received: number): Reading[] | Fault {
  const base = { n: "", t: 0, u: "", v: 0 };
  const readings = new Map<number, { r: Registers; u: Record<string, string> }>();
  for (const entry of entries) {
    base.n = textOf(entry.bn) ?? base.n;
    base.t = Number(entry.bt ?? base.t);
    base.u = textOf(entry.bu) ?? base.u;
    base.v = Number(entry.bv ?? base.v);
    // Texts, truth values and sums are no quantities of a meter.
    if (typeof entry.v !== "number" && typeof entry.v !== "bigint") continue;
    const seconds = base.t + Number(entry.t ?? 0);
    const t = Math.round(seconds < ABSOLUTE_FROM_S ? received + seconds * 1_000 : seconds * 1_000);
    const reading = readings.get(t) ?? { r: {}, u: {} };
    const fault = add(
      reading,
      base.n + (textOf(entry.n) ?? ""),
      textOf(entry.u) ?? base.u,
      base.v + Number(entry.v),
    );
    if (fault) return fault;
    readings.set(t, reading);
  }
  if (readings.size === 0) return { fault: "The SenML pack has no record with a number (v)." };
  return [...readings].map(([t, { r, u }]) => ({ v: 1, t, r, ...(Object.keys(u).length > 0 && { u }) }));
}

function add(
  reading: { r: Registers; u: Record<string, string> },
  name: string,
  unit: string,
  value: number,
): Fault | undefined {
  const register = OBIS.exec(name)?.[1];
  if (register === undefined) {
    const last = /[A-Za-z0-9_]+$/.exec(name)?.[0];
    if (last === undefined) return { fault: `The record's name ${JSON.stringify(name)} ends in no name.` };
    const extra = `x-${last.toLowerCase().slice(0, 32)}`;
    reading.r[extra] = value;
    if (unit !== "") reading.u[extra] = unit;
    return undefined;
  }
  const factor = FACTORS[unit];
  if (factor === undefined)
    return {
      fault: `The record ${name} has the unit ${JSON.stringify(unit)}, but must have one of ${Object.keys(FACTORS).join(" ")}.`,
    };
  reading.r[register] = scaled(value, { register, factor });
  return undefined;
}
