import type { Input } from "../../contract/input.ts";
import { isObject, placeOf, scaled, setTime, targetsOf } from "../payload.ts";

// Source: volkszaehler/vzlogger src/mqtt.cpp: {topic}/{channel}/raw or /agg, the payload a number in text, or with the
// option "timestamp" {"timestamp": ms, "value": number}; beside them /id and /uuid, once.
const DATA = /(?:^|\/)([^/]+)\/(?:raw|agg)$/;

/** A meter behind the device, and the register: channels of two meters with one register would be taken for one counter. */
const METER = /^(?:([A-Za-z0-9][A-Za-z0-9-]{0,62})\/)?(.*)$/;

/** Which channel of a device gave a register; when there are more, all are forgotten. */
const sources = new Map<string, string>();
const SOURCES_MAX = 20_000;

const input: Input = {
  decode({ path, payload, received, device }, { settings }) {
    const channel = DATA.exec(path)?.[1];
    if (channel === undefined) return [];
    const targets = targetsOf(settings["channels"]);
    const target = targets.get(`${device}/${channel}`) ?? targets.get(channel);
    if (!target)
      return {
        fault: `Nobody said what the channel ${channel} is: set SMP_X_VZLOGGER_CHANNELS=${channel}=1-0:1.8.0 (times 1000 where vzlogger gives kWh: ${channel}=1-0:1.8.0*1000).`,
      };
    const [, meter, register = ""] = METER.exec(target.register) ?? [];
    const source = `${device} ${target.register}`;
    const other = sources.get(source) ?? channel;
    if (other !== channel)
      return {
        fault: `The channels ${other} and ${channel} both give ${target.register}, and would be taken for one meter: name the meter behind one of them, such as ${channel}=second/${target.register}.`,
      };
    if (sources.size >= SOURCES_MAX) sources.clear();
    sources.set(source, channel);
    const text = new TextDecoder().decode(payload);
    const { value, timestamp } = parse(text);
    if (!Number.isFinite(value))
      return { fault: `The payload ${JSON.stringify(text.slice(0, 40))} is no number.` };
    // Meters without a clock state the seconds since their start, which vzlogger passes on as a time of 1970.
    const t = setTime(timestamp) ?? received;
    const r = { [register]: scaled(value, { ...target, register }) };
    return [{ v: 1, t: t + placeOf(register), ...(meter !== undefined && { m: meter }), r }];
  },
};
export default input;

function parse(text: string): { value: number; timestamp?: unknown } {
  if (!text.trimStart().startsWith("{")) return { value: text.trim() === "" ? Number.NaN : Number(text) };
  try {
    const json: unknown = JSON.parse(text);
    if (isObject(json)) return { value: Number(json["value"] ?? Number.NaN), timestamp: json["timestamp"] };
  } catch {
    // Told as what it is not.
  }
  return { value: Number.NaN };
}
