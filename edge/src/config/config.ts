import { PlatformError } from "@smp/schemas";
import { readDevice, type DeviceConfig } from "./device-config.ts";
import { readMeter, type MeterConfig } from "./meter-config.ts";
import { DEVICE_SETTINGS, METER_SETTINGS, Settings, type Setting, type Values } from "./settings.ts";

export interface EdgeConfig extends DeviceConfig {
  /** 1 to 16. */
  meters: readonly MeterConfig[];
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The values that the environment gives, under their variables' names; docs/devices/raspberry-pi.md lists these. */
export function environmentValues(environment: Environment): Values {
  const values: Values = {};
  for (const [setting, name] of Object.entries({ ...DEVICE_SETTINGS, ...METER_SETTINGS })) {
    const value = environment[name];
    if (setting === "key") continue; // an environment is passed on to every child process
    if (value !== undefined && value !== "") values[setting as Setting] = { name, value };
  }
  return values;
}

/** Checks a device with one meter whole, and reports every fault at once; `names` are those of settings not given. */
export function configOf(values: Values, names: Partial<Record<Setting, string>> = {}): EdgeConfig {
  const settings = new Settings(values, names);
  const faults: string[] = [];
  const config = { ...readDevice(settings, faults), meters: [readMeter(settings, "meter", faults)] };
  throwFaults([...settings.faults, ...faults]);
  return config;
}

export function throwFaults(faults: readonly string[]): void {
  if (faults.length > 0) throw new PlatformError("config", faults.join("\n"));
}
