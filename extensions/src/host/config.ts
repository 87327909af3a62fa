import { readFile, stat } from "node:fs/promises";
import { Checked, DEVICE_ID, METER_ID, PlatformError } from "@smp/schemas";
import type { Manifest, Settings } from "../contract/manifest.ts";

type Environment = Readonly<Record<string, string | undefined>>;

export interface ExtensionsConfig {
  /** Folders and packages, and names of shipped processors to run. */
  extensions: readonly string[];
  /** Which input reads whose foreign payloads; the first that fits. */
  inputs: readonly InputRule[];
  workingFolder: string;
  timeZone: string;
  /** Where the values of `SMP_X_...` come from. */
  environment: Environment;
}

export interface InputRule {
  input: string;
  /** A device's name; `*` stands for any characters. */
  device: string;
}

const FILE_BYTES_MAX = 4 * 2 ** 20;

/**
 * Reads `SMP_EXTENSIONS` (folders, packages, shipped processors; comma between them), `SMP_INPUTS`
 * (`input:device`, `*` in a device's name stands for any characters), `SMP_TIME_ZONE`.
 */
export function readExtensionsConfig(environment: Environment, workingFolder: string): ExtensionsConfig {
  const checked = new Checked(environment);
  const inputs = checked.text("SMP_INPUTS", {
    fallback: "",
    pattern: /^\s*(?:[a-z][a-z0-9-]*:[a-z0-9*-]+\s*(?:,\s*|$))*$/,
    form: 'pairs of input:device with commas between them, such as "tasmota-sml:attic,shelly-em:em-*"',
  });
  const config: ExtensionsConfig = {
    extensions: listed(checked.text("SMP_EXTENSIONS", { fallback: "" })),
    inputs: listed(inputs).map((rule) => {
      const [input = "", device = ""] = rule.split(":");
      return { input, device };
    }),
    workingFolder,
    timeZone: checked.text("SMP_TIME_ZONE", { fallback: "Europe/Vienna" }),
    environment,
  };
  checked.throwIfFaulty();
  return config;
}

/** The input that the rules set for a device. */
export function inputRules(rules: readonly InputRule[]): (device: string) => string | undefined {
  const compiled = rules.map(({ input, device }) => ({
    input,
    pattern: new RegExp(`^${device.replaceAll("*", "[a-z0-9-]*")}$`),
  }));
  return (device) =>
    DEVICE_ID.test(device) ? compiled.find(({ pattern }) => pattern.test(device))?.input : undefined;
}

const variable = (name: string, key: string): string =>
  `SMP_X_${name}_${key}`.toUpperCase().replaceAll("-", "_");

/** The values of an extension's settings; files are read. Throws one error that names every fault. */
export async function settingsOf(
  { name, settings = {} }: Manifest,
  environment: Environment,
): Promise<Settings> {
  const values: Record<string, string> = {};
  const faults: string[] = [];
  for (const [key, { required, file, description }] of Object.entries(settings)) {
    const value = environment[variable(name, key)];
    if (value === undefined || value === "") {
      if (required)
        faults.push(`${variable(name, key)} is required by the extension ${name}: ${description}`);
      continue;
    }
    values[key] = value;
    if (file)
      values[key] = await textOf(value).catch((error: unknown) => {
        faults.push(`${variable(name, key)} names ${value}, which cannot be read: ${String(error)}`);
        return "";
      });
  }
  if (faults.length > 0) throw new PlatformError("config", faults.join("\n"));
  return values;
}

async function textOf(path: string): Promise<string> {
  const { size } = await stat(path);
  if (size > FILE_BYTES_MAX) throw new Error(`it has ${size} bytes, but at most ${FILE_BYTES_MAX} are read`);
  return await readFile(path, "utf8");
}

/** The meters to which the operator confines an extension (`SMP_X_{NAME}_METERS`); absent: all. */
export function metersOf(name: string, environment: Environment): ReadonlySet<string> | undefined {
  const text = environment[variable(name, "meters")];
  if (text === undefined || text === "") return undefined;
  const meters = listed(text);
  const wrong = meters.find((meter) => !METER_ID.test(meter));
  if (wrong !== undefined)
    throw new PlatformError("config", `${variable(name, "meters")} names "${wrong}", which is no meter's id`);
  return new Set(meters);
}

const listed = (text: string): string[] =>
  text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
