import { join } from "node:path";
import { DEVICE_ID, isTimeZone, PlatformError } from "@smp/schemas";
import { PROTOCOLS, type Protocol } from "../framing/frame.ts";
import type { DrainOrder } from "../journal/take.ts";
import { DEVICE_SETTINGS, METER_SETTINGS, Settings, type Setting, type Values } from "./settings.ts";

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

export interface BrokerConfig {
  /** `mqtts://host:port`; `mqtt://` only on this machine. */
  url: string;
  /** Folder with ca.crt, client.crt, client.key. */
  certificates?: string;
  /** Where the certificate renews itself: `https://host:8085`. Absent: it does not. */
  renewalUrl?: string;
}

export interface EdgeConfig {
  /** With certificates it may be absent: their common name counts. */
  device?: string;
  /** The journal lies below it, in a folder named for the device. */
  dataDirectory: string;
  /** Absent: detached, no reading leaves the machine. */
  broker?: BrokerConfig;
  /** Waits before a new connection are anything from 0 to this, and grow from the first to the last. */
  reconnect?: { firstMsMax: number; msMax: number };
  journal: { daysMax: number; bytesMax: number; drain: DrainOrder; drainPerSecond: number };
  /** Port on loopback, 0 for any free one; absent: no local HTTP. */
  httpPort?: number;
  /** 1 to 16. */
  meters: readonly MeterConfig[];
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Where the platform's broker listens on a machine that has one. */
const LOCAL_BROKER = "mqtts://localhost:8883";
const MQTT_URL = /^mqtts?:\/\/[^/?#@]+\/?$/;
const MQTT_FORM = "mqtts://HOST:PORT";
const EST_URL = /^(?:off|https:\/\/[^/?#@]+\/?)$/;
const EST_PORT = 8085;
const METERS_MAX = 16;
const MEBIBYTE = 1 << 20;
const HOUR_S = 3_600;
const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$/;
const REGISTER = /^(?:\d{1,3}-\d{1,3}:\d{1,3}\.\d{1,3}\.\d{1,3}|x-[a-z0-9_]{1,32})$/;
const LOOPBACK = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

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

/** Everything but the meters. */
export function readDevice(settings: Settings, faults: string[]): Omit<EdgeConfig, "meters"> {
  const broker = readBroker(settings, faults);
  const form = "a name of a-z, 0-9 and -, at most 40 characters";
  const device = settings.optional("device", DEVICE_ID, form);
  if (device === undefined && !broker?.url.startsWith("mqtts:"))
    faults.push(`${settings.name("device")} is required where no certificate names the device`);
  const httpPort =
    settings.optional("httpPort") === "off"
      ? undefined
      : settings.integer("httpPort", { min: 0, max: 65_535, fallback: 9110 });
  return {
    ...(device !== undefined && { device }),
    dataDirectory: join(settings.text("dataDirectory", { fallback: "data" }), "edge"),
    ...(broker && { broker }),
    reconnect: {
      firstMsMax: settings.integer("reconnectFirstSeconds", { min: 1, max: HOUR_S, fallback: 30 }) * 1_000,
      msMax: settings.integer("reconnectSecondsMax", { min: 1, max: HOUR_S, fallback: 120 }) * 1_000,
    },
    journal: {
      daysMax: settings.integer("journalDays", { min: 1, max: 3_650, fallback: 30 }),
      bytesMax: settings.integer("journalMegabytes", { min: 1, max: 65_536, fallback: 256 }) * MEBIBYTE,
      drain: settings.oneOf("drain", ["oldest-first", "newest-first"], "oldest-first"),
      drainPerSecond: settings.integer("drainPerSecond", { min: 1, max: 1_000, fallback: 2 }),
    },
    ...(httpPort !== undefined && { httpPort }),
  };
}

function readBroker(settings: Settings, faults: string[]): BrokerConfig | undefined {
  const url = settings.optional("brokerUrl", MQTT_URL, MQTT_FORM);
  const certificates = settings.optional("certificates");
  if (url === undefined)
    return certificates === undefined
      ? undefined
      : { url: LOCAL_BROKER, certificates, ...readRenewal(settings, "localhost", faults) };
  if (!URL.canParse(url)) {
    // Unsaid, the device would be a detached one, and nothing would ever leave it. Another form is told of already.
    if (MQTT_URL.test(url))
      faults.push(`${settings.name("brokerUrl")} is "${url}", but must be ${MQTT_FORM}`);
    return undefined;
  }
  const { protocol, hostname } = new URL(url);
  if (protocol === "mqtts:" && certificates === undefined)
    faults.push(
      `${settings.name("certificates")} is required with ${settings.name("brokerUrl")}: the folder with ca.crt, client.crt and client.key`,
    );
  if (protocol === "mqtt:" && !LOOPBACK.test(hostname))
    faults.push(
      `${settings.name("brokerUrl")} is "${url}": unencrypted MQTT is only for this machine; use mqtts://`,
    );
  return protocol === "mqtts:" && certificates !== undefined
    ? { url, certificates, ...readRenewal(settings, hostname, faults) }
    : { url };
}

/** Renewal is on unless it is switched off: a device whose certificate nobody renews falls silent after a year. */
function readRenewal(settings: Settings, host: string, faults: string[]): { renewalUrl?: string } {
  const form = 'https://HOST:PORT, or "off"';
  const renewalUrl = settings.optional("renewalUrl", EST_URL, form);
  if (
    renewalUrl !== undefined &&
    renewalUrl !== "off" &&
    EST_URL.test(renewalUrl) &&
    !URL.canParse(renewalUrl)
  )
    faults.push(`${settings.name("renewalUrl")} is "${renewalUrl}", but must be ${form}`);
  return renewalUrl === "off" ? {} : { renewalUrl: renewalUrl ?? `https://${host}:${EST_PORT}` };
}

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
