import { esp32 } from "./esp32.ts";
import { esphome } from "./esphome.ts";
import { mosquittoBridge } from "./mosquitto-bridge.ts";
import { mosquitto } from "./mosquitto.ts";
import { nodeRed } from "./node-red.ts";
import { python } from "./python.ts";
import { shelly } from "./shelly.ts";
import { vzlogger } from "./vzlogger.ts";

import type { Hardware } from "./hardware.ts";

export const HARDWARE_NAMES = [
  "mosquitto",
  "esp32",
  "esphome",
  "python",
  "shelly",
  "mosquitto-bridge",
  "vzlogger",
  "node-red",
] as const;
export type HardwareName = (typeof HARDWARE_NAMES)[number];

/** All that `device add --for` knows. */
export const HARDWARE: Readonly<Record<HardwareName, Hardware>> = {
  mosquitto,
  esp32,
  esphome,
  python,
  shelly,
  "mosquitto-bridge": mosquittoBridge,
  vzlogger,
  "node-red": nodeRed,
};
