/** One thing that a household switches on: how often, when, on which phase, and what it then draws. */
export interface Appliance {
  /** Consecutive stages of a run: watts and minutes. */
  stages: readonly (readonly [watts: number, minutes: number])[];
  /** Expected runs a day; the fraction is a probability. */
  runsPerDay: number;
  /** Local hours between which a run starts. */
  fromHour: number;
  toHour: number;
  phase: 0 | 1 | 2;
  /** Reactive power per watt (tan φ): motors draw it, heaters do not. */
  varPerW: number;
}

/** A family of three or four; with standby, fridge and light about 3,500 kWh a year. */
export const APPLIANCES: readonly Appliance[] = [
  { stages: [[2000, 3]], runsPerDay: 3.4, fromHour: 6, toHour: 21, phase: 0, varPerW: 0 },
  { stages: [[900, 8]], runsPerDay: 1.8, fromHour: 5.5, toHour: 9, phase: 0, varPerW: 0 },
  { stages: [[1800, 24]], runsPerDay: 0.6, fromHour: 11, toHour: 12.8, phase: 1, varPerW: 0 },
  { stages: [[2100, 26]], runsPerDay: 0.9, fromHour: 17.2, toHour: 19.2, phase: 1, varPerW: 0 },
  {
    stages: [
      [2300, 18],
      [1200, 30],
    ],
    runsPerDay: 0.4,
    fromHour: 10.5,
    toHour: 18.5,
    phase: 2,
    varPerW: 0,
  },
  {
    stages: [
      [2050, 21],
      [220, 55],
      [480, 9],
    ],
    runsPerDay: 0.6,
    fromHour: 8,
    toHour: 18,
    phase: 2,
    varPerW: 0.12,
  },
  { stages: [[720, 85]], runsPerDay: 0.35, fromHour: 11, toHour: 20, phase: 2, varPerW: 0.35 },
  {
    stages: [
      [90, 6],
      [1950, 16],
      [85, 42],
      [1950, 13],
    ],
    runsPerDay: 0.75,
    fromHour: 18.5,
    toHour: 22,
    phase: 0,
    varPerW: 0.08,
  },
  { stages: [[1250, 4]], runsPerDay: 2.2, fromHour: 6.5, toHour: 22, phase: 1, varPerW: 0.3 },
  { stages: [[165, 210]], runsPerDay: 1, fromHour: 17, toHour: 19.5, phase: 0, varPerW: -0.2 },
  { stages: [[95, 260]], runsPerDay: 0.7, fromHour: 7.5, toHour: 13, phase: 2, varPerW: -0.25 },
  { stages: [[820, 18]], runsPerDay: 0.3, fromHour: 9, toHour: 19, phase: 2, varPerW: 0.25 },
  { stages: [[1600, 9]], runsPerDay: 0.5, fromHour: 6, toHour: 8, phase: 1, varPerW: 0 },
];
