import { isTimeZone } from "@smp/schemas";
import { PROTOCOLS, type Protocol } from "../framing/frame.ts";
import type { Setting, Settings } from "./settings.ts";

export interface SerialSource {
  kind: "serial";
  path: string;
  baudRate: number;
  dataBits: 7 | 8;
  parity: "none" | "even" | "odd";
  stopBits: 1 | 2;
}
export interface TcpSource {
  kind: "tcp";
  host: string;
  port: number;
}
export interface ReplaySource {
  kind: "replay";
  path: string;
}
/** Where a meter's bytes come from; the transport is given to `startEdge` when none of these fits. */
export type Source = SerialSource | TcpSource | ReplaySource;

/** A secret by its file (mode 0600), or as it is where it is no secret: the key of a capture in the documentation. */
export type SecretSource = { file: string } | { hex: string };

export interface MeterConfig {
  /** Names the meter in logs, metrics and `/latest`; unique in the device. */
  name: string;
  source?: Source;
  key?: SecretSource;
  authenticationKey?: SecretSource;
  /** Detected when absent. */
  protocol?: Protocol;
  profile?: string;
  /** IANA zone of a meter clock that does not say its offset. */
  timeZone: string;
  /** Register codes that leave the house; absent: all. */
  registers?: readonly string[];
  /** At most one reading of each list in each such interval leaves the house; 0: every reading. */
  intervalSeconds: number;
}

const METERS_MAX = 16;
const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$/;
const REGISTER = /^(?:\d{1,3}-\d{1,3}:\d{1,3}\.\d{1,3}\.\d{1,3}|x-[a-z0-9_]{1,32})$/;

export function readMeter(settings: Settings, name: string, faults: string[]): MeterConfig {
  const source = readSource(settings, faults);
  const keyFile = settings.optional("keyFile");
  const keyHex = settings.optional("key");
  const authenticationKeyFile = settings.optional("authenticationKeyFile");
  const registers = settings
    .optional("registers")
    ?.split(",")
    .map((code) => code.trim())
    .filter(Boolean);
  for (const code of registers ?? [])
    if (!REGISTER.test(code))
      faults.push(
        `${settings.name("registers")} has "${code}", but a register is an OBIS code such as 1-0:1.8.0`,
      );
  const timeZone = settings.text("timeZone", { fallback: "Europe/Vienna" });
  if (!isTimeZone(timeZone))
    faults.push(`${settings.name("timeZone")} is "${timeZone}", which is no IANA time zone`);
  const protocol = settings.optional("protocol") && settings.oneOf("protocol", PROTOCOLS, "mbus");
  const profile = settings.optional("profile");
  return {
    name: settings.text("name", {
      fallback: name,
      pattern: NAME,
      form: "letters, digits, - and _, at most 32",
    }),
    ...(source && { source }),
    ...(keyHex !== undefined
      ? { key: { hex: keyHex } }
      : keyFile !== undefined && { key: { file: keyFile } }),
    ...(authenticationKeyFile !== undefined && { authenticationKey: { file: authenticationKeyFile } }),
    ...(protocol && { protocol }),
    ...(profile !== undefined && { profile }),
    timeZone,
    ...(registers && registers.length > 0 && { registers }),
    intervalSeconds: settings.integer("intervalSeconds", { min: 0, max: 86_400, fallback: 0 }),
  };
}

function readSource(settings: Settings, faults: string[]): Source | undefined {
  const given = (["serial", "tcp", "replay"] as const).filter(
    (kind) => settings.optional(kind) !== undefined,
  );
  const names = ["serial", "tcp", "replay"].map((kind) => settings.name(kind as Setting)).join(", ");
  if (given.length !== 1)
    faults.push(
      given.length === 0
        ? `one of ${names} is required: where the meter's bytes come from`
        : `only one of ${names} can be given`,
    );
  if (given[0] === "tcp") {
    const text = settings.text("tcp", {
      pattern: /^(?:\[[0-9a-fA-F:]+\]|[^:\s]+):\d{1,5}$/,
      form: "HOST:PORT",
    });
    const split = text.lastIndexOf(":");
    const port = Number(text.slice(split + 1));
    if (text !== "" && (port < 1 || port > 65_535))
      faults.push(`${settings.name("tcp")} is "${text}", but a port is 1 to 65535`);
    return { kind: "tcp", host: text.slice(0, split).replace(/^\[(.*)\]$/, "$1"), port };
  }
  if (given[0] === "replay") return { kind: "replay", path: settings.text("replay") };
  if (given[0] !== "serial") return undefined;
  return {
    kind: "serial",
    path: settings.text("serial"),
    baudRate: settings.integer("baudRate", { min: 300, max: 921_600, fallback: 2_400 }),
    dataBits: settings.oneOf("dataBits", ["7", "8"], "8") === "7" ? 7 : 8,
    parity: settings.oneOf("parity", ["none", "even", "odd"], "even"),
    stopBits: settings.oneOf("stopBits", ["1", "2"], "1") === "2" ? 2 : 1,
  };
}

/** Faults that only show between the meters. */
export function checkMeters(meters: readonly MeterConfig[], faults: string[]): void {
  if (meters.length < 1 || meters.length > METERS_MAX)
    faults.push(`meters are ${meters.length}, but must be 1 to ${METERS_MAX}`);
  const names = meters.map((meter) => meter.name);
  for (const name of new Set(names.filter((name, position) => names.indexOf(name) !== position)))
    faults.push(`meters have the name "${name}" twice`);
}
