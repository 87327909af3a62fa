import type { MeterProfile } from "../profile.ts";

/** Time and date stand apart; the list's identifier, a consumer message and its code are skipped. */
export const kaerntenP1: MeterProfile = {
  name: "kaernten-p1",
  meters: "Iskraemeco AM550, Siemens IM350 at Kärnten Netz",
  serial: { baudRate: 115_200, dataBits: 8, parity: "none", stopBits: 1 },
  positional: [
    [
      { obis: null, type: "octets" },
      { obis: "0-0:96.1.1", type: "text" },
      { obis: "0-0:1.0.0", type: "time" },
      { obis: "0-0:1.0.0", type: "date" },
      { obis: "1-0:1.8.0", type: "u32", unit: "Wh" },
      { obis: "1-0:2.8.0", type: "u32", unit: "Wh" },
      { obis: "1-0:3.8.0", type: "u32", unit: "varh" },
      { obis: "1-0:4.8.0", type: "u32", unit: "varh" },
      { obis: "1-0:1.7.0", type: "u32", unit: "W" },
      { obis: "1-0:2.7.0", type: "u32", unit: "W" },
      { obis: null, type: "octets" },
      { obis: null, type: "octets" },
    ],
  ],
};
