import type { MeterProfile } from "../profile.ts";

/** The list that Swiss grid operators have agreed on for the customer interface from 2026. */
export const vse2026: MeterProfile = {
  name: "vse-2026",
  meters: "Landis+Gyr E360, Iskraemeco AM550 with the VSE 2026 list, Switzerland",
  serial: { baudRate: 2400, dataBits: 8, parity: "even", stopBits: 1 },
  recognise: { pushSetup: "0-6:25.9.0" },
  scalers: { energy: 0, voltage: -1, current: -2 },
};
