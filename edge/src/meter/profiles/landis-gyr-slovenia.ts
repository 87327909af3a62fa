import type { MeterProfile } from "../profile.ts";

/** One of two lists that come in turn; the other, with currents and voltages, is not known well enough. */
export const landisGyrSlovenia: MeterProfile = {
  name: "landis-gyr-slovenia",
  meters: "Landis+Gyr E450 (ZMXi3), Slovenia",
  serial: { baudRate: 2400, dataBits: 8, parity: "none", stopBits: 1 },
  positional: [
    [
      { obis: "0-0:96.1.0", type: "text" },
      { obis: "1-0:1.7.0", type: "u32", unit: "W" },
      { obis: "1-0:2.7.0", type: "u32", unit: "W" },
      { obis: "1-0:3.7.0", type: "u32", unit: "var" },
      { obis: "1-0:4.7.0", type: "u32", unit: "var" },
      { obis: "1-0:1.8.0", type: "u32", unit: "Wh" },
      { obis: "1-0:2.8.0", type: "u32", unit: "Wh" },
      { obis: "1-0:3.8.0", type: "u32", unit: "varh" },
      { obis: "1-0:4.8.0", type: "u32", unit: "varh" },
    ],
  ],
};
