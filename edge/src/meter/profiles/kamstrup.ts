import type { MeterProfile } from "../profile.ts";

/** Energy counts in units of 10 Wh; the list's name comes first, without an OBIS code. */
export const kamstrup: MeterProfile = {
  name: "kamstrup",
  meters: "Kamstrup Omnipower and 6841, Norway, Denmark, Austria",
  serial: { baudRate: 2400, dataBits: 8, parity: "none", stopBits: 1 },
  recognise: { listName: "Kamstrup_V" },
  scalers: { energy: 1, voltage: 0, current: -2 },
  leading: ["1-1:0.2.129"],
  meterNumbers: ["1-1:0.0.5", "1-1:0.0.1"],
};

/** The same list from Swedish meters, whose energy counts in Wh; nothing on the wire tells, so it must be chosen. */
export const kamstrupWh: MeterProfile = {
  ...kamstrup,
  name: "kamstrup-wh",
  meters: "Kamstrup Omnipower, Sweden",
  scalers: { energy: 0, voltage: 0, current: -2 },
};
