import type { MeterProfile } from "../profile.ts";

/** The three numbers behind the energies are undocumented, probably phase angles; they are skipped. */
export const landisGyrBurgenland: MeterProfile = {
  name: "landis-gyr-burgenland",
  meters: "Landis+Gyr E450 at Netz Burgenland",
  serial: { baudRate: 2400, dataBits: 8, parity: "even", stopBits: 1 },
  positional: [
    [
      { obis: "1-0:32.7.0", type: "u16", unit: "V" },
      { obis: "1-0:52.7.0", type: "u16", unit: "V" },
      { obis: "1-0:72.7.0", type: "u16", unit: "V" },
      { obis: "1-0:31.7.0", type: "u16", unit: "A", scaler: -2 },
      { obis: "1-0:51.7.0", type: "u16", unit: "A", scaler: -2 },
      { obis: "1-0:71.7.0", type: "u16", unit: "A", scaler: -2 },
      { obis: "1-0:1.7.0", type: "u32", unit: "W" },
      { obis: "1-0:2.7.0", type: "u32", unit: "W" },
      { obis: "1-0:1.8.0", type: "u32", unit: "Wh" },
      { obis: "1-0:2.8.0", type: "u32", unit: "Wh" },
      { obis: null, type: "u16" },
      { obis: null, type: "u16" },
      { obis: null, type: "u16" },
      { obis: "0-0:96.1.0", type: "text" },
    ],
  ],
};
