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
const groupsOf = (sensor: Json): [name: string, group: Json][] => [
  ["", sensor],
  ...Object.entries(sensor).filter((entry): entry is [string, Json] => isObject(entry[1])),
];

/** What a meter has once. A plug's own voltage or frequency beside them makes no second meter. */
const ONCE = /^1-0:(?:[12]\.8\.\d|16\.7\.0)$/;

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
    const meters = groupsOf(sensor).map(([name, group]): [string, Registers] => {
      const r: Registers = {};
      for (const [field, value] of Object.entries(group))
        put(r, value, own.get(field) ?? FIELDS.get(field.toLowerCase()));
      return [name, r];
    });
    const t = localTime(sensor["Time"], timeZone, received);
    const topic = topicOf(path);
    const several = areSeveral(meters.map(([, r]) => r));
    const named: [string, Registers][] = several
      ? meters.map(([name, r]) => [topic === device ? name : `${topic}-${name}`, r])
      : [[topic, Object.assign({}, ...meters.map(([, r]) => r)) as Registers]];
    return (
      named
        // Before the first telegram after a start Tasmota sends zeros.
        .filter(([, r]) => Object.values(r).some((value) => value !== 0))
        .map(
          ([name, r]) =>
            ({ v: 1, ...(t !== undefined && { t }), ...meterBehind(device, name), r }) satisfies Reading,
        )
    );
  },
};
export default input;
