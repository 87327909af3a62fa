import type { Reading, Registers } from "@smp/schemas";
import type { Input } from "../../contract/input.ts";
import {
  isObject,
  jsonOf,
  localTime,
  meterBehind,
  put,
  targetsOf,
  type Json,
  type Target,
} from "../payload.ts";

// Sources: tasmota/docs docs/Smart-Meter-Interface.md (the script names each field), evcc's page on Tasmota SML readers
// (the names most scripts use), evcc's tests (a payload). Energy comes in kWh, power in W.
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

/** The objects in which a script may have put its fields: `SML`, `MT175`, or whatever it names the meter. */
const groupsOf = (sensor: Json): Json[] => [
  sensor,
  ...Object.values(sensor).filter((value) => isObject(value)),
];

/** Tasmota's own topic: what is left of `tele/attic/SENSOR`, in whatever order its FullTopic puts them. */
const topicOf = (path: string): string =>
  path
    .split("/")
    .slice(0, -1)
    .filter((level) => level !== "tele" && level !== "stat")
    .join("-");

const input: Input = {
  decode({ device, path, payload, received }, { settings, timeZone }) {
    // LWT, STATE, INFO and results of commands carry no readings, and are no faults.
    if (path !== "" && !/\/(?:SENSOR|STATUS\d*)$/.test(`/${path}`)) return [];
    const json = jsonOf(payload);
    if ("fault" in json) return json;
    if (!isObject(json.value)) return { fault: "The payload is no JSON object as in tele/.../SENSOR." };
    const status = json.value["StatusSNS"];
    const sensor = isObject(status) ? status : json.value;
    const own = targetsOf(settings["fields"]);
    const r: Registers = {};
    for (const group of groupsOf(sensor))
      for (const [name, value] of Object.entries(group))
        put(r, value, own.get(name) ?? FIELDS.get(name.toLowerCase()));
    // Before the first telegram after a start Tasmota sends zeros.
    if (Object.values(r).every((value) => value === 0)) return [];
    const t = localTime(sensor["Time"], timeZone, received);
    return [
      { v: 1, ...(t !== undefined && { t }), ...meterBehind(device, topicOf(path)), r } satisfies Reading,
    ];
  },
};
export default input;
