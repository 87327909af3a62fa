import type { MeterProfile } from "../profile.ts";

/** Two lists in turn: every 5 s what flows, every 15 min what has flowed, whose switch states are skipped. */
export const iskraSlovenia: MeterProfile = {
  name: "iskra-slovenia",
  meters: "Iskraemeco AM550 at Elektro Ljubljana",
  serial: { baudRate: 38_400, dataBits: 8, parity: "none", stopBits: 1 },
  positional: [
    [
      { obis: "0-0:42.0.0", type: "text" },
      { obis: "0-0:96.1.0", type: "text" },
      { obis: "1-0:1.7.0", type: "u32", unit: "W" },
      { obis: "1-0:2.7.0", type: "u32", unit: "W" },
      { obis: "1-0:3.7.0", type: "u32", unit: "var" },
      { obis: "1-0:4.7.0", type: "u32", unit: "var" },
      { obis: "1-0:32.7.0", type: "u16", unit: "V", scaler: -1 },
      { obis: "1-0:52.7.0", type: "u16", unit: "V", scaler: -1 },
      { obis: "1-0:72.7.0", type: "u16", unit: "V", scaler: -1 },
      { obis: "1-0:31.7.0", type: "u16", unit: "A", scaler: -2 },
      { obis: "1-0:51.7.0", type: "u16", unit: "A", scaler: -2 },
      { obis: "1-0:71.7.0", type: "u16", unit: "A", scaler: -2 },
      { obis: "1-0:21.7.0", type: "u32", unit: "W" },
      { obis: "1-0:41.7.0", type: "u32", unit: "W" },
      { obis: "1-0:61.7.0", type: "u32", unit: "W" },
      { obis: "1-0:22.7.0", type: "u32", unit: "W" },
      { obis: "1-0:42.7.0", type: "u32", unit: "W" },
      { obis: "1-0:62.7.0", type: "u32", unit: "W" },
    ],
    [
      { obis: "0-0:42.0.0", type: "text" },
      { obis: "0-0:96.1.0", type: "text" },
      { obis: null, type: "u8" },
      { obis: null, type: "octets" },
      { obis: "1-0:1.8.0", type: "u32", unit: "Wh" },
      { obis: "1-0:1.8.1", type: "u32", unit: "Wh" },
      { obis: "1-0:1.8.2", type: "u32", unit: "Wh" },
      { obis: "1-0:2.8.0", type: "u32", unit: "Wh" },
      { obis: "1-0:2.8.1", type: "u32", unit: "Wh" },
      { obis: "1-0:2.8.2", type: "u32", unit: "Wh" },
      { obis: "1-0:3.8.0", type: "u32", unit: "varh" },
      { obis: "1-0:4.8.0", type: "u32", unit: "varh" },
    ],
  ],
};
