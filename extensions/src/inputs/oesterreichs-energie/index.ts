import type { Reading, Registers } from "@smp/schemas";
import type { Fault, Input } from "../../contract/input.ts";
import { isObject, jsonOf, localTime, meterBehind, put, setTime, type Json } from "../payload.ts";

// Sources: eddie-energy/eddie OesterreichsEnergieAdapterJsonTest (the adapter: {"1-0:1.8.0":{"value":83402,"time":...}}),
// mcm4iob/ioBroker.shrdzm src/main.ts (SHRDZM: {"timestamp":"...","1.8.0":"11241092"}, over UDP inside {"id","data"}).
// Both give Wh, W, V and A as the meter does.
const FULL = /^\d{1,3}-\d{1,3}:\d{1,3}\.\d{1,3}\.\d{1,3}$/;
const REDUCED = /^\d{1,3}\.\d{1,3}\.\d{1,3}$/;

const input: Input = {
  decode({ device, path, payload, received }, { timeZone }) {
    // SHRDZM's other topics: its state and configuration.
    if (path.startsWith("SHRDZM/") && !path.endsWith("/sensor")) return [];
    const json = jsonOf(payload);
    if ("fault" in json) return json;
    if (!isObject(json.value)) return { fault: "The payload is no JSON object." };
    const data = isObject(json.value["data"]) ? json.value["data"] : json.value;
    return Object.keys(data).some((key) => REDUCED.test(key))
      ? shrdzm(data, { timeZone, received, ...meterBehind(device, moduleOf(path)) })
      : adapter(data);
  },
};
export default input;

/** Every value has a time of its own; those of one second are one reading. */
function adapter(data: Json): Reading[] | Fault {
  const times = new Map<number | undefined, Registers>();
  for (const [code, entry] of Object.entries(data)) {
    if (!FULL.test(code) || !isObject(entry)) continue;
    const t = typeof entry["time"] === "number" ? setTime(entry["time"] * 1_000) : undefined;
    const registers = times.get(t) ?? {};
    put(registers, numberOf(entry["value"]), { register: code, factor: 1 });
    // The meter's number (0-0:96.1.0) and its kind are no quantities.
    if (!code.startsWith("0-") && Object.keys(registers).length > 0) times.set(t, registers);
  }
  if (times.size === 0) return { fault: "The JSON has no OBIS codes such as 1-0:1.8.0 with a value." };
  return [...times].map(([t, r]) => ({ v: 1, ...(t !== undefined && { t }), r }));
}

/** The number of the module in `SHRDZM/{module}/{module}/sensor`. */
const moduleOf = (path: string): string => /^SHRDZM\/([^/]+)\//.exec(path)?.[1] ?? "";

function shrdzm(
  data: Json,
  { timeZone, received, m }: { timeZone: string; received: number; m?: string },
): Reading[] | Fault {
  const r: Registers = {};
  for (const [code, value] of Object.entries(data))
    if (REDUCED.test(code)) put(r, numberOf(value), { register: `1-0:${code}`, factor: 1 });
  if (Object.keys(r).length === 0) return { fault: "None of the OBIS codes in the JSON has a number." };
  const t = localTime(data["timestamp"], timeZone, received);
  return [{ v: 1, ...(t !== undefined && { t }), ...(m !== undefined && { m }), r }];
}

/** Numbers come as such, or in text; anything else is no number. */
const numberOf = (value: unknown): unknown =>
  typeof value === "string" && value.trim() !== "" ? Number(value) : value;
