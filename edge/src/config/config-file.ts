import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import { messageOf, PlatformError, refusalOf } from "@smp/schemas";
import { throwFaults, type EdgeConfig } from "./config.ts";
import { readDevice } from "./device-config.ts";
import { checkMeters, readMeter } from "./meter-config.ts";
import {
  METER_SETTINGS,
  Settings,
  type DeviceSetting,
  type MeterSetting,
  type Setting,
  type Values,
} from "./settings.ts";

/** Where each setting of the device stands in the file. */
const DEVICE_KEYS: Readonly<Record<string, DeviceSetting>> = {
  device: "device",
  data: "dataDirectory",
  "broker.url": "brokerUrl",
  "broker.certificates": "certificates",
  "broker.reconnectFirstSeconds": "reconnectFirstSeconds",
  "broker.reconnectSecondsMax": "reconnectSecondsMax",
  "broker.renewalUrl": "renewalUrl",
  "journal.days": "journalDays",
  "journal.megabytes": "journalMegabytes",
  "journal.drain": "drain",
  "journal.drainPerSecond": "drainPerSecond",
  "http.port": "httpPort",
};
/** A key itself has no place in a file that people copy and mail. */
const METER_KEYS: readonly string[] = Object.keys(METER_SETTINGS).filter((key) => key !== "key");

/** Reads a YAML or JSON file; JSON is YAML. */
export async function readConfigFile(path: string): Promise<EdgeConfig> {
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    throw new PlatformError("config", `${path} cannot be read: ${refusalOf(error)}`, { cause: error });
  });
  return parseConfigFile(text, path);
}

/** Checks the text of a configuration file whole; every fault is reported with its place. */
export function parseConfigFile(text: string, path: string): EdgeConfig {
  let tree: unknown;
  try {
    tree = parse(text, { maxAliasCount: 0 });
  } catch (error) {
    throw new PlatformError("config", `${path} is neither YAML nor JSON: ${messageOf(error)}`, {
      cause: error,
    });
  }
  if (!isMap(tree))
    throw new PlatformError("config", `${path} must hold keys and values, such as  device: house-7`);
  const faults: string[] = [];
  const { meters: list, ...rest } = tree;
  const device = new Settings(deviceValues(rest, faults), inverted(DEVICE_KEYS));
  const config = readDevice(device, faults);
  faults.push(...device.faults);
  if (!Array.isArray(list)) faults.push("meters must be a list, one entry a meter");
  const meters = (Array.isArray(list) ? list : []).map((entry: unknown, position) => {
    const prefix = `meters[${position}]`;
    const settings = new Settings(
      meterValues(entry, prefix, faults),
      Object.fromEntries(METER_KEYS.map((key) => [key, `${prefix}.${key}`])),
    );
    const meter = readMeter(settings, `meter-${position + 1}`, faults);
    faults.push(...settings.faults);
    return meter;
  });
  if (Array.isArray(list)) checkMeters(meters, faults);
  throwFaults(faults.map((fault) => `${path}: ${fault}`));
  return { ...config, meters };
}

function deviceValues(tree: Record<string, unknown>, faults: string[]): Values {
  const values: Values = {};
  for (const [key, value] of Object.entries(tree)) {
    const entries: [string, unknown][] = isMap(value)
      ? Object.entries(value).map(([inner, v]) => [`${key}.${inner}`, v])
      : [[key, value]];
    for (const [name, entry] of entries) put(values, DEVICE_KEYS[name], name, entry, faults);
  }
  return values;
}

function meterValues(entry: unknown, prefix: string, faults: string[]): Values {
  const values: Values = {};
  if (!isMap(entry)) faults.push(`${prefix} must hold keys and values, such as  serial: /dev/ttyUSB0`);
  else
    for (const [key, value] of Object.entries(entry)) {
      const setting = METER_KEYS.includes(key) ? (key as MeterSetting) : undefined;
      put(values, setting, `${prefix}.${key}`, Array.isArray(value) ? value.join(",") : value, faults);
    }
  return values;
}

function put(
  values: Values,
  setting: Setting | undefined,
  name: string,
  value: unknown,
  faults: string[],
): void {
  if (setting === undefined) faults.push(`${name} is not known: is it misspelt?`);
  else if (value === null || value === undefined) return;
  else if (typeof value === "string" || typeof value === "number" || typeof value === "boolean")
    values[setting] = { name, value: String(value) };
  else faults.push(`${name} must be a text or a number`);
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const inverted = (map: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(map).map(([key, setting]) => [setting, key]));
