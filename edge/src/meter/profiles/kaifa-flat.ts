import type { MeterProfile } from "../profile.ts";

/** Netz NÖ pushes the clock first and the meter number last, both without OBIS codes. */
export const kaifaFlat: MeterProfile = {
  name: "kaifa-flat",
  meters: "Kaifa MA309M and MA110M, Sagemcom T210-D and S210 at Netz Niederösterreich",
  serial: { baudRate: 2400, dataBits: 8, parity: "even", stopBits: 1 },
  recognise: { clockFirst: true },
  leading: ["0-0:1.0.0"],
  trailing: ["0-0:96.1.0"],
};
