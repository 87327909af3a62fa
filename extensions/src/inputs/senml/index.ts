import type { Reading, Registers } from "@smp/schemas";
import { Decoder } from "cbor-x";
import type { Fault, Input } from "../../contract/input.ts";
import { isObject, jsonOf, meterBehind, scaled } from "../payload.ts";

// Source: RFC 8428 (SenML): section 4 fields and resolution, section 6 CBOR labels, 4.5.3 time; RFC 8798 secondary units.
const LABELS: readonly (readonly [number, keyof Entry])[] = [
  [-1, "bver"],
  [-5, "bv"],
  [-4, "bu"],
  [-3, "bt"],
  [-2, "bn"],
  [0, "n"],
  [1, "u"],
  [2, "v"],
  [6, "t"],
];
const VERSION_MAX = 10;
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
type Entry = Readonly<Partial<Record<"bver" | "bn" | "bt" | "bu" | "bv" | "n" | "u" | "v" | "t", unknown>>>;

const decoder = new Decoder({ mapsAsObjects: false, useRecords: false });

const input: Input = {
  decode({ device, payload, received }) {
    const pack = (payload[0] ?? 0) >= 0x80 ? cborPack(payload) : jsonPack(payload);
    return "fault" in pack ? pack : resolve(pack.entries, device, received);
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
      Object.fromEntries([
        ...[...entry].filter(([key]) => typeof key === "string"),
        ...LABELS.filter(([label]) => entry.has(label)).map(([label, name]) => [name, entry.get(label)]),
      ]) as Entry,
  );
  return { entries };
}

const textOf = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

/** A record as it is meant, by itself. */
interface Resolved {
  /** What stands before the quantity in its name: whose it is. */
  prefix: string;
  /** An OBIS code, or `x-...`. */
  register: string;
  name: string;
  unit: string;
  value: number;
  t: number;
}

/** Resolves base fields (4.6), and gathers what was measured at the same time into one reading. */
function resolve(entries: readonly Entry[], device: string, received: number): Reading[] | Fault {
  const records: Resolved[] = [];
  const base = { n: "", t: 0, u: "", v: 0 };
  for (const entry of entries) {
    const fault = unknownIn(entry);
    if (fault) return fault;
    base.n = textOf(entry.bn) ?? base.n;
    base.t = Number(entry.bt ?? base.t);
    base.u = textOf(entry.bu) ?? base.u;
    base.v = Number(entry.bv ?? base.v);
    // Texts, truth values and sums are no quantities of a meter.
    if (typeof entry.v !== "number" && typeof entry.v !== "bigint") continue;
    const seconds = base.t + Number(entry.t ?? 0);
    const name = base.n + (textOf(entry.n) ?? "");
    const [code, register] = registerIn(name) ?? [];
    if (code === undefined || register === undefined)
      return { fault: `The record's name ${JSON.stringify(name)} ends in no name.` };
    records.push({
      prefix: name.slice(0, -code.length),
      register,
      name,
      unit: textOf(entry.u) ?? base.u,
      value: base.v + Number(entry.v),
      t: Math.round(seconds < ABSOLUTE_FROM_S ? received + seconds * 1_000 : seconds * 1_000),
    });
  }
  if (records.length === 0) return { fault: "The SenML pack has no record with a number (v)." };
  return gathered(records, device);
}

/** What a reader must know or leave the pack alone: its version (4.4), and fields that end in _ (section 4.4, too). */
function unknownIn(entry: Entry): Fault | undefined {
  if (Number(entry.bver ?? VERSION_MAX) > VERSION_MAX)
    return { fault: `The pack has version ${String(entry.bver)} of SenML: at most ${VERSION_MAX} is read.` };
  const field = Object.keys(entry).find((key) => key.endsWith("_"));
  return field === undefined
    ? undefined
    : { fault: `The pack needs the field ${field.slice(0, 40)} understood, which is not.` };
}

/** The end of a name that says the quantity, and the quantity's register. */
function registerIn(name: string): [end: string, register: string] | undefined {
  const code = OBIS.exec(name)?.[1];
  if (code !== undefined) return [code, code];
  const last = /[A-Za-z0-9_]+$/.exec(name)?.[0];
  return last === undefined ? undefined : [last, `x-${last.toLowerCase().slice(0, 32)}`];
}

/** One reading for each time, and for each meter when two names have the same code: a gateway may send several meters'. */
function gathered(records: readonly Resolved[], device: string): Reading[] | Fault {
  const codes = new Map<string, string>();
  const areSeveral = records.some(({ register, prefix }) => {
    const known = codes.get(register) ?? prefix;
    codes.set(register, known);
    return known !== prefix && !register.startsWith("x-");
  });
  const readings = new Map<string, Reading & { r: Registers; u: Record<string, string> }>();
  const names = new Map<string, string>();
  for (const { prefix, register, name, unit, value, t } of records) {
    const m = areSeveral ? meterBehind(device, prefix.replace(/[^A-Za-z0-9]+$/, "").slice(-63)) : {};
    const key = `${t} ${m.m ?? ""}`;
    const reading = readings.get(key) ?? { v: 1, t, ...m, r: {}, u: {} };
    readings.set(key, reading);
    const before = names.get(`${key} ${register}`) ?? name;
    if (before !== name)
      return {
        fault: `The records ${before} and ${name} would both be ${register}: end their names in different words.`,
      };
    names.set(`${key} ${register}`, name);
    const fault = add(reading, register, { name, unit, value });
    if (fault) return fault;
  }
  return [...readings.values()].map(({ u, ...reading }) => ({
    ...reading,
    ...(Object.keys(u).length > 0 && { u }),
  }));
}

function add(
  reading: { r: Registers; u: Record<string, string> },
  register: string,
  { name, unit, value }: Pick<Resolved, "name" | "unit" | "value">,
): Fault | undefined {
  if (register.startsWith("x-")) {
    reading.r[register] = value;
    if (unit !== "") reading.u[register] = unit;
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
