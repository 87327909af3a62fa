import type { MeterProfile } from "../profile.ts";

/** IDIS consumer information, pushed every second over the optical interface. */
export const idisCii: MeterProfile = {
  name: "idis-cii",
  meters: "Iskraemeco AM550, Siemens IM150 and IM350, Landis+Gyr E450s4 at Wiener Netze",
  serial: { baudRate: 9600, dataBits: 8, parity: "none", stopBits: 1 },
  positional: [
    [
      { obis: "0-0:1.0.0", type: "date-time" },
      { obis: "1-0:1.8.0", type: "u32", unit: "Wh" },
      { obis: "1-0:2.8.0", type: "u32", unit: "Wh" },
      { obis: "1-0:3.8.0", type: "u32", unit: "varh" },
      { obis: "1-0:4.8.0", type: "u32", unit: "varh" },
      { obis: "1-0:1.7.0", type: "u32", unit: "W" },
      { obis: "1-0:2.7.0", type: "u32", unit: "W" },
      { obis: "1-0:3.7.0", type: "u32", unit: "var" },
      { obis: "1-0:4.7.0", type: "u32", unit: "var" },
    ],
  ],
};
