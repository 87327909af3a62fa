import type { Column, MeterProfile } from "../profile.ts";

const head: readonly Column[] = [
  { obis: "1-1:0.2.129", type: "text" },
  { obis: "0-0:96.1.0", type: "text" },
  { obis: "0-0:96.1.7", type: "text" },
  { obis: "1-0:1.7.0", type: "u32", unit: "W" },
  { obis: "1-0:2.7.0", type: "u32", unit: "W" },
  { obis: "1-0:3.7.0", type: "u32", unit: "var" },
  { obis: "1-0:4.7.0", type: "u32", unit: "var" },
];
const current = (obis: string): Column => ({ obis, type: "u32", unit: "A", scaler: -3 });
const voltage = (obis: string): Column => ({ obis, type: "u32", unit: "V", scaler: -1 });
const onePhase: readonly Column[] = [...head, current("1-0:31.7.0"), voltage("1-0:32.7.0")];
const threePhases: readonly Column[] = [
  ...head,
  ...["1-0:31.7.0", "1-0:51.7.0", "1-0:71.7.0"].map(current),
  ...["1-0:32.7.0", "1-0:52.7.0", "1-0:72.7.0"].map(voltage),
];
const hourly: readonly Column[] = [
  { obis: "0-0:1.0.0", type: "date-time" },
  { obis: "1-0:1.8.0", type: "u32", unit: "Wh" },
  { obis: "1-0:2.8.0", type: "u32", unit: "Wh" },
  { obis: "1-0:3.8.0", type: "u32", unit: "varh" },
  { obis: "1-0:4.8.0", type: "u32", unit: "varh" },
];

/** Lists 1 (every 2 s), 2 (every 10 s) and 3 (every hour) of the Nordic firmware. In IT nets U2 is 0. */
export const kaifaNordic: MeterProfile = {
  name: "kaifa-nordic",
  meters: "Kaifa MA105, MA304 with list KFM_001, Norway and Sweden",
  serial: { baudRate: 2400, dataBits: 8, parity: "even", stopBits: 1 },
  positional: [
    [{ obis: "1-0:1.7.0", type: "u32", unit: "W" }],
    onePhase,
    threePhases,
    [...onePhase, ...hourly],
    [...threePhases, ...hourly],
  ],
};

/** The same lists with OBIS codes, still without units. */
export const kaifaNordicTagged: MeterProfile = {
  name: "kaifa-nordic-tagged",
  meters: "Kaifa MA304 with OBIS codes in list KFM_001, Sweden",
  serial: kaifaNordic.serial,
  recognise: { listName: "KFM_" },
  scalers: { energy: 0, voltage: -1, current: -3 },
};
