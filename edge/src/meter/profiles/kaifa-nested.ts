import type { MeterProfile } from "../profile.ts";

/** Everything is on the wire; the profile exists for its serial settings, and to be chosen by name. */
export const kaifaNested: MeterProfile = {
  name: "kaifa-nested",
  meters:
    "Kaifa MA309M and MA110M, Honeywell DM515 at TINETZ, IKB, Salzburg Netz and Vorarlberger Energienetze",
  serial: { baudRate: 2400, dataBits: 8, parity: "even", stopBits: 1 },
};
