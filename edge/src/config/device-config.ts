import { join } from "node:path";
import { DEVICE_ID } from "@smp/schemas";
import type { DrainOrder } from "../journal/take.ts";
import type { Settings } from "./settings.ts";

export interface BrokerConfig {
  /** `mqtts://host:port`; `mqtt://` only on this machine. */
  url: string;
  /** Folder with ca.crt, client.crt, client.key. */
  certificates?: string;
  /** Where the certificate renews itself: `https://host:8085`. Absent: it does not. */
  renewalUrl?: string;
}

export interface DeviceConfig {
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
}

/** Where the platform's broker listens on a machine that has one. */
const LOCAL_BROKER = "mqtts://localhost:8883";
const MQTT_URL = /^mqtts?:\/\/[^/?#@]+\/?$/;
const MQTT_FORM = "mqtts://HOST:PORT";
const EST_URL = /^(?:off|https:\/\/[^/?#@]+\/?)$/;
const EST_PORT = 8085;
const MEBIBYTE = 1 << 20;
const HOUR_S = 3_600;
const LOOPBACK = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** Everything but the meters. */
export function readDevice(settings: Settings, faults: string[]): DeviceConfig {
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
