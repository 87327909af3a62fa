import type { MeterProfile } from "../profile.ts";

const serial = { baudRate: 2400, dataBits: 8, parity: "even", stopBits: 1 } as const;

/** Flat list of OBIS codes and values, without units. */
export const landisGyrE450: MeterProfile = {
  name: "landis-gyr-e450",
  meters: "Landis+Gyr E450 with a flat list, Austria and Switzerland",
  serial,
  recognise: { maker: "LGZ" },
  scalers: { energy: 0, voltage: 0, current: -2 },
};

/** Push-object list in 64-bit integers: a transformer meter, whose primary currents are whole amperes. */
export const landisGyrE570: MeterProfile = {
  name: "landis-gyr-e570",
  meters: "Landis+Gyr E570, Switzerland",
  serial,
  recognise: { pushSetup: "0-8:25.9.0", wide: true },
  scalers: { energy: 0, voltage: 0, current: 0 },
};

export const landisGyrE450Push: MeterProfile = {
  name: "landis-gyr-e450-push",
  meters: "Landis+Gyr E450 with a push-object list, Switzerland and Cyprus",
  serial,
  recognise: { pushSetup: "0-8:25.9.0", wide: false },
  scalers: { energy: 0, voltage: 0, current: -2, frequency: 0 },
};
