import { registerOf, type Register } from "./registers.ts";
import { liveTopic } from "./topics.ts";

/** Home Assistant's prefix of discovery here: below `live/`, so that the same rights hold as for the values. */
export const HOME_ASSISTANT_PREFIX = "live/homeassistant";

const TOPIC = /^live\/homeassistant\/device\/([A-Za-z0-9_-]{1,104})\/config$/;

/** Gauges go "unavailable" in Home Assistant when the meter has been silent for so long; counters keep their value. */
const EXPIRE_AFTER_S = 300;

/** Where a meter's discovery message stands. Home Assistant allows no dot in an id, and no meter id has an underscore. */
export const discoveryTopic = (meter: string): string =>
  `${HOME_ASSISTANT_PREFIX}/device/${meter.replace(".", "_")}/config`;

/** The meter of a discovery topic; `undefined` when it is none. */
export const meterOfDiscoveryTopic = (topic: string): string | undefined =>
  TOPIC.exec(topic)?.[1]?.replace("_", ".");

/**
 * The message by which Home Assistant (2024.11 or later) shows a meter as one device, with a sensor for each register that
 * the table knows and the right device and state class, so that its energy dashboard takes them.
 *
 * Source: Home Assistant, "MQTT: device discovery payload".
 */
export function discoveryDocument(meter: string, codes: Iterable<string>): Record<string, unknown> {
  const id = meter.replace(".", "_");
  const registers = [...codes].flatMap((code) => registerOf(code) ?? []);
  return {
    dev: { ids: [`smp_${id}`], name: meter, mf: "Smart Meter Platform" },
    o: { name: "Smart Meter Platform" },
    state_topic: liveTopic(meter),
    cmps: Object.fromEntries(registers.map((register) => [register.name, component(id, register)])),
  };
}

function component(id: string, { name, label, unit, kind }: Register): Record<string, unknown> {
  const [measure, shown] = MEASURES[unit] ?? [undefined, unit];
  const deviceClass = name === "gas_m3" ? "gas" : name === "water_m3" ? "water" : measure;
  return {
    p: "sensor",
    unique_id: `smp_${id}_${name}`,
    name: label.en,
    ...(deviceClass === undefined ? {} : { device_class: deviceClass }),
    ...(shown === "" ? {} : { unit_of_measurement: shown }),
    state_class: kind === "counter" ? "total_increasing" : "measurement",
    // A message need not carry every register: an empty state is passed over, without a warning in the log.
    value_template: `{{ value_json.${name} | default('') }}`,
    ...(kind === "counter" ? {} : { expire_after: EXPIRE_AFTER_S }),
  };
}

/** Device class and unit in Home Assistant's words; a class only where every version since 2024.11 knows it with that unit. */
const MEASURES: Partial<Record<Register["unit"], readonly [string | undefined, string]>> = {
  Wh: ["energy", "Wh"],
  W: ["power", "W"],
  V: ["voltage", "V"],
  A: ["current", "A"],
  Hz: ["frequency", "Hz"],
  var: ["reactive_power", "var"],
  VA: ["apparent_power", "VA"],
  m3: [undefined, "m³"],
  "1": ["power_factor", ""],
};
