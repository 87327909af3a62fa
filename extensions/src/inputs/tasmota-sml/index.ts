import type { Reading, Registers } from "@smp/schemas";
import type { Input } from "../../contract/input.ts";
import {
  isObject,
  jsonOf,
  localTime,
  meterBehind,
  placeOf,
  put,
  setTime,
  targetsOf,
  type Json,
  type Target,
} from "../payload.ts";

// Sources: tasmota/docs docs/Smart-Meter-Interface.md (the script names each field), evcc's page on Tasmota SML readers
// (the names most scripts use), evcc's tests (a payload); arendst/Tasmota xsns_53_sml.ino (SML_Immediate_MQTT),
// xdrv_03_energy.ino (ENERGY). Energy comes in kWh, power in W.
const KWH = 1_000;
const FIELDS: ReadonlyMap<string, Target> = new Map(
  Object.entries({
    total_in: ["1-0:1.8.0", KWH],
    total_out: ["1-0:2.8.0", KWH],
    total_in_t1: ["1-0:1.8.1", KWH],
    total_in_t2: ["1-0:1.8.2", KWH],
    power_curr: ["1-0:16.7.0", 1],
    ...phases("power", "1-0:%.7.0", [36, 56, 76]),
    ...phases("voltage", "1-0:%.7.0", [32, 52, 72]),
    ...phases("volt", "1-0:%.7.0", [32, 52, 72]),
    ...phases("current", "1-0:%.7.0", [31, 51, 71]),
    ...phases("amperage", "1-0:%.7.0", [31, 51, 71]),
    freq: ["1-0:14.7.0", 1],
    frequency: ["1-0:14.7.0", 1],
  } as Record<string, [string, number]>).map(([name, [register, factor]]) => [name, { register, factor }]),
);

function phases(name: string, code: string, values: number[]): Record<string, [string, number]> {
  return Object.fromEntries(
    values.flatMap((value, index) =>
      ["_l", "_p"].map((infix) => [`${name}${infix}${index + 1}`, [code.replace("%", String(value)), 1]]),
    ),
  ) as Record<string, [string, number]>;
}

/** What Tasmota's own energy drivers send: a plug, a DIN rail meter. One number, or one for each phase. */
const ENERGY = "ENERGY";
const ENERGY_FIELDS: Readonly<Record<string, { whole?: Target; phases?: readonly string[] }>> = {
  Total: { whole: { register: "1-0:1.8.0", factor: KWH } },
  ExportActive: { whole: { register: "1-0:2.8.0", factor: KWH } },
  Power: {
    whole: { register: "1-0:16.7.0", factor: 1 },
    phases: ["1-0:36.7.0", "1-0:56.7.0", "1-0:76.7.0"],
  },
  Voltage: { phases: ["1-0:32.7.0", "1-0:52.7.0", "1-0:72.7.0"] },
  Current: { phases: ["1-0:31.7.0", "1-0:51.7.0", "1-0:71.7.0"] },
  Frequency: { whole: { register: "1-0:14.7.0", factor: 1 } },
};

function putEnergy(r: Registers, group: Json): void {
  for (const [field, { whole, phases }] of Object.entries(ENERGY_FIELDS)) {
    const value = group[field];
    const values = (Array.isArray(value) ? value : [value]).filter((one) => typeof one === "number");
    if (values.length === 0) continue;
    put(
      r,
      values.reduce((sum, one) => sum + one, 0),
      whole,
    );
    // A single power is the whole's; a single voltage or current is the first phase's.
    if (Array.isArray(value) || whole === undefined)
      values.forEach((one, at) => {
        const register = phases?.[at];
        if (register !== undefined) put(r, one, { register, factor: 1 });
      });
  }
}

/** The objects in which a script may have put its fields: `SML`, `MT175`, or whatever it names the meter. */
const groupsOf = (sensor: Json): [name: string, group: Json][] => [
  ["", sensor],
  ...Object.entries(sensor).filter((entry): entry is [string, Json] => isObject(entry[1])),
];

/** What a meter has once. A plug's own voltage or frequency beside them makes no second meter. */
const ONCE = /^1-0:(?:[12]\.8\.\d|16\.7\.0)$/;
const isMeter = (r: Registers): boolean => Object.keys(r).some((code) => ONCE.test(code));

/** Whether two groups speak of the same quantity: a script may read several meters. */
function areSeveral(meters: readonly Registers[]): boolean {
  const codes = meters.flatMap((r) => Object.keys(r).filter((code) => ONCE.test(code)));
  return new Set(codes).size < codes.length;
}

/** Tasmota's own topic: what is left of `tele/attic/SENSOR`, in whatever order its FullTopic puts them. */
const topicOf = (path: string): string =>
  path
    .split("/")
    .slice(0, -1)
    .filter((level) => level !== "tele" && level !== "stat")
    .join("-");

function metersIn(sensor: Json, own: ReadonlyMap<string, Target>): [string, Registers][] {
  const meters = groupsOf(sensor)
    .map(([name, group]): [string, Registers] => {
      const r: Registers = {};
      if (name === ENERGY) putEnergy(r, group);
      for (const [field, value] of Object.entries(group))
        put(r, value, own.get(field) ?? FIELDS.get(field.toLowerCase()));
      return [name, r];
    })
    // Before the first telegram after a start Tasmota sends zeros.
    .filter(([, r]) => Object.values(r).some((value) => value !== 0));
  // Beside a script's meter, the energy driver tells of the same one, or of what feeds the reader.
  return meters.some(([name, r]) => name !== ENERGY && isMeter(r))
    ? meters.filter(([name]) => name !== ENERGY)
    : meters;
}

/** The command `Time` chooses between text, seconds, and both; `Epoch` needs no zone. */
function timeOf({ Epoch: epoch, Time: time }: Json, timeZone: string, received: number): number | undefined {
  const seconds = typeof epoch === "number" ? epoch : time;
  return typeof seconds === "number" ? setTime(seconds * 1_000) : localTime(time, timeZone, received);
}

const input: Input = {
  decode({ device, path, payload, received }, { settings, timeZone }) {
    // LWT, STATE, INFO and results of commands carry no readings, and are no faults.
    if (path !== "" && !/\/(?:SENSOR|STATUS\d*)$/.test(`/${path}`)) return [];
    const json = jsonOf(payload);
    if ("fault" in json) return json;
    if (!isObject(json.value)) return { fault: "The payload is no JSON object as in tele/.../SENSOR." };
    const status = json.value["StatusSNS"];
    const sensor = isObject(status) ? status : json.value;
    const meters = metersIn(sensor, targetsOf(settings["fields"]));
    const t = timeOf(sensor, timeZone, received);
    const topic = topicOf(path);
    const several = areSeveral(meters.map(([, r]) => r));
    const named: [string, Registers][] = several
      ? meters.map(([name, r]) => [topic === device ? name : `${topic}-${name}`, r])
      : [[topic, Object.assign({}, ...meters.map(([, r]) => r)) as Registers]];
    return named
      .filter(([, r]) => Object.keys(r).length > 0)
      .map(([name, r]): Reading => {
        const [only, ...others] = Object.keys(r);
        // A script may send each value at once, in a message of its own, all with the same second.
        const place = only !== undefined && others.length === 0 ? placeOf(only) : 0;
        return { v: 1, ...(t !== undefined && { t: t + place }), ...meterBehind(device, name), r };
      });
  },
};
export default input;
