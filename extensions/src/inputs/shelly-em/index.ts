import { TIME_MIN_MS, type Reading, type Registers } from "@smp/schemas";
import type { Input } from "../../contract/input.ts";
import { isObject, jsonOf, put, type Json, type Target } from "../payload.ts";

// Source: shelly-api-docs.shelly.cloud, Gen2 components EM, EMData, EM1, EM1Data, and page Notifications; a payload in
// evcc's tests. Energy comes in Wh with fractions, power in W, import positive.
const of = (register: string): Target => ({ register, factor: 1 });
const PHASES = [
  ["a", 21],
  ["b", 41],
  ["c", 61],
] as const;

const EM: Readonly<Record<string, Target>> = {
  total_act_power: of("1-0:16.7.0"),
  a_freq: of("1-0:14.7.0"),
  ...Object.fromEntries(
    PHASES.flatMap(([phase, base]) => [
      [`${phase}_act_power`, of(`1-0:${base + 15}.7.0`)],
      [`${phase}_voltage`, of(`1-0:${base + 11}.7.0`)],
      [`${phase}_current`, of(`1-0:${base + 10}.7.0`)],
    ]),
  ),
};
const EM_DATA: Readonly<Record<string, Target>> = {
  total_act: of("1-0:1.8.0"),
  total_act_ret: of("1-0:2.8.0"),
  ...Object.fromEntries(
    PHASES.flatMap(([phase, base]) => [
      [`${phase}_total_act_energy`, of(`1-0:${base}.8.0`)],
      [`${phase}_total_act_ret_energy`, of(`1-0:${base + 1}.8.0`)],
    ]),
  ),
};
const EM1: Readonly<Record<string, Target>> = {
  act_power: of("1-0:16.7.0"),
  voltage: of("1-0:32.7.0"),
  current: of("1-0:31.7.0"),
  pf: of("1-0:13.7.0"),
  freq: of("1-0:14.7.0"),
};
const EM1_DATA: Readonly<Record<string, Target>> = {
  total_act_energy: of("1-0:1.8.0"),
  total_act_ret_energy: of("1-0:2.8.0"),
};
const COMPONENTS: Readonly<Record<string, Readonly<Record<string, Target>>>> = {
  em: EM,
  emdata: EM_DATA,
  em1: EM1,
  em1data: EM1_DATA,
};

const input: Input = {
  decode({ path, payload, received }) {
    const component = /(?:^|\/)status\/(em1?(?:data)?:\d+)$/.exec(path)?.[1];
    if (path !== "" && component === undefined && !/(?:^|\/)(?:events\/rpc|rpc)$/.test(path)) return [];
    const json = jsonOf(payload);
    if ("fault" in json) return json;
    if (!isObject(json.value)) return { fault: "The payload is no JSON object as Shelly sends it." };
    if (component !== undefined) return readingsOf({ [component]: json.value }, received);
    const { params, result } = json.value;
    const status = isObject(params) ? params : isObject(result) ? result : json.value;
    return readingsOf(status, received);
  },
};
export default input;

/** One reading a channel: `em:0` and `emdata:0` are the device's own, those of `em1:N` belong to a meter `em1-N` behind it. */
function readingsOf(status: Json, received: number): Reading[] {
  const channels = new Map<string | undefined, Registers>();
  let laterMs = 0;
  for (const [name, fields] of Object.entries(status)) {
    const match = /^(em1?)(data)?:(\d+)$/.exec(name);
    if (!match || !isObject(fields)) continue;
    const [, kind = "", data = "", index = ""] = match;
    const meter = kind === "em1" ? `em1-${index}` : undefined;
    const registers = channels.get(meter) ?? {};
    for (const [field, target] of Object.entries(COMPONENTS[kind + data] ?? {}))
      put(registers, fields[field], target);
    if (data !== "") laterMs = 1;
    if (Object.keys(registers).length > 0) channels.set(meter, registers);
  }
  const { ts } = status;
  // A status message has no time. Power and energy of one meter come as two messages, often in the same millisecond, and
  // the store keeps one reading a millisecond: the energy's gets the next one.
  const stated = typeof ts === "number" ? Math.round(ts * 1_000) : 0;
  // Before NTP has set its clock a Shelly counts from its start.
  const t = stated < TIME_MIN_MS ? received : stated;
  return [...channels].map(([m, r]) => ({ v: 1, t: t + laterMs, ...(m !== undefined && { m }), r }));
}
