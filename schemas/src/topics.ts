/**
 * The topic tree, in one place. `{device}` is the name in the certificate; `{meter}` is the platform's meter id.
 */

export const DEVICE_ID: RegExp = /^[a-z0-9][a-z0-9-]{0,39}$/;
export const METER_ID: RegExp = /^[a-z0-9][a-z0-9-]{0,39}(?:\.[A-Za-z0-9][A-Za-z0-9-]{0,62})?$/;

/**
 * Whether the id of a device or meter is one of an extension's derived readings (`x-{extension}`). No device may bear such
 * a name, so that an extension never speaks for a device, nor a device for an extension.
 */
export const isDerived = (id: string): boolean => id.startsWith("x-");

/** What a device may publish below `sm/v1/{device}/`. */
export type DeviceTopicKind = "reading" | "status" | "info" | "raw" | "error" | "cmd";

export interface DeviceTopic {
  device: string;
  kind: DeviceTopicKind;
  /** The levels after `raw/` or `cmd/`; empty for the other kinds. */
  rest: string;
}

export const readingTopic = (device: string): string => `sm/v1/${device}/reading`;
export const statusTopic = (device: string): string => `sm/v1/${device}/status`;
export const infoTopic = (device: string): string => `sm/v1/${device}/info`;
export const errorTopic = (device: string): string => `sm/v1/${device}/error`;
export const liveTopic = (meter: string): string => `live/v1/${meter}`;

/** The platform's meter id: `{device}`, or `{device}.{m}` when the reading names the meter behind the device. */
export const meterId = (device: string, m?: string): string => (m === undefined ? device : `${device}.${m}`);
/** The device of a platform's meter id. */
export const deviceOf = (meter: string): string => meter.split(".", 1)[0] ?? meter;

const TOPIC =
  /^sm\/v1\/([a-z0-9][a-z0-9-]{0,39})\/(?:(reading|status|info|error)|(raw|cmd)\/([^+#\0]{1,200}))$/;

/** Topics that came before, because each message is asked about several times. When there are more, all are forgotten. */
const known = new Map<string, Readonly<DeviceTopic>>();
const KNOWN_MAX = 20_000;

/** Reads a device topic; `undefined` when it is none of the contract's. */
export function parseDeviceTopic(topic: string): Readonly<DeviceTopic> | undefined {
  const before = known.get(topic);
  if (before) return before;
  const match = TOPIC.exec(topic);
  if (!match) return undefined;
  const [, device = "", plain, nested, rest = ""] = match;
  const parsed = { device, kind: (plain ?? nested) as DeviceTopicKind, rest };
  if (known.size >= KNOWN_MAX) known.clear();
  known.set(topic, parsed);
  return parsed;
}
