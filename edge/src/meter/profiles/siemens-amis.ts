import type { SerialSettings } from "../profile.ts";

/** One AMIS record: DIF and VIF in hex, and what they mean. */
export interface AmisRecord {
  record: string;
  obis: string;
  unit: string;
  signed?: boolean;
}

/**
 * Siemens AMIS TD-351x at Netz Oberösterreich: optical, and silent unless the reader answers the meter's call
 * `10 40 F0 30 16` and each telegram with `E5`.
 */
export const siemensAmis: {
  name: string;
  serial: SerialSettings;
  clock: string;
  records: readonly AmisRecord[];
} = {
  name: "siemens-amis",
  serial: { baudRate: 9600, dataBits: 8, parity: "even", stopBits: 1 },
  clock: "066d",
  records: [
    { record: "0403", obis: "1-0:1.8.0", unit: "Wh" },
    { record: "04833c", obis: "1-0:2.8.0", unit: "Wh" },
    { record: "8410fb8273", obis: "1-0:3.8.1", unit: "varh" },
    { record: "8410fb82f33c", obis: "1-0:4.8.1", unit: "varh" },
    { record: "042b", obis: "1-0:1.7.0", unit: "W" },
    { record: "04ab3c", obis: "1-0:2.7.0", unit: "W" },
    { record: "04fb14", obis: "1-0:3.7.0", unit: "var" },
    { record: "04fb943c", obis: "1-0:4.7.0", unit: "var" },
    { record: "0483ff04", obis: "1-0:1.128.0", unit: "Wh", signed: true },
  ],
};
