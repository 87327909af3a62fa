import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Manifest } from "../contract/manifest.ts";
import { COMPILED, NODE_MODULES, SCHEMAS } from "./folders.ts";
import type { ExtensionPackage } from "./package.ts";

/** What shipped extensions may import besides their own folder. */
const READABLE = [COMPILED, SCHEMAS, NODE_MODULES];

type Entry = Omit<Manifest, "version" | "interface">;

const INPUTS: readonly Entry[] = [
  {
    name: "tasmota-sml",
    kind: "input",
    description: "Tasmota's Smart Meter Interface: JSON of tele/.../SENSOR",
    settings: {
      fields: {
        description:
          'further fields of the meter script as field=register, times a factor: "E_in=1-0:1.8.0*1000"',
      },
    },
  },
  {
    name: "shelly-em",
    kind: "input",
    description: "Shelly EM and 3EM of the second generation and later: NotifyStatus and status/em:0",
  },
  {
    name: "vzlogger",
    kind: "input",
    description: "vzlogger's MQTT client, one value a message",
    settings: {
      channels: {
        description:
          'which channel is which register, times a factor to Wh and W: "chn0=1-0:1.8.0,chn1=1-0:16.7.0"',
      },
    },
  },
  {
    name: "oesterreichs-energie",
    kind: "input",
    description: "JSON of the Österreichs-Energie adapter and of SHRDZM modules",
  },
  {
    name: "senml",
    kind: "input",
    description: "SenML (RFC 8428) in JSON and CBOR, names ending in OBIS codes",
  },
];

const PROCESSORS: readonly Entry[] = [
  {
    name: "peak-alert",
    kind: "processor",
    description: "events for quarter hours above a limit, and for nights with much standby",
    rights: { read: "15m", events: true },
    settings: {
      "peak-w": { description: "mean power of a quarter hour that is too much, in W (5000)" },
      "standby-w": { description: "least power of a night that is too much, in W (200)" },
    },
  },
  {
    name: "community-allocation",
    kind: "processor",
    description: "divides an energy community's generation among its members, per quarter hour",
    rights: { read: "15m", emit: true },
    settings: {
      communities: {
        description: "a JSON file with the communities and their members",
        required: true,
        file: true,
      },
    },
  },
];

const OUTPUTS: readonly Entry[] = [
  {
    name: "green-button",
    kind: "output",
    description: "quarter hours as Green Button (NAESB ESPI) XML",
    rights: { read: "15m" },
  },
  {
    name: "eda-csv",
    kind: "output",
    description: "quarter hours as CSV for Austrian spreadsheets",
    rights: { read: "15m" },
  },
  {
    name: "co2",
    kind: "output",
    description: "CO2 of the energy that was drawn",
    rights: { read: "15m" },
    settings: {
      intensity: { description: "a CSV file: start (RFC 3339), grams of CO2 per kWh", file: true },
    },
  },
];

/** The extensions that come with the platform. They run under the same rules as all others. */
export function shippedExtensions(): ExtensionPackage[] {
  return [...INPUTS, ...PROCESSORS, ...OUTPUTS].map((entry) => {
    const folder = join(COMPILED, `${entry.kind}s`, entry.name, "/");
    return {
      manifest: { ...entry, version: "1.0.0", interface: 1 },
      entry: pathToFileURL(join(folder, "index.js")).href,
      folder,
      readable: READABLE,
      shipped: true,
    };
  });
}
