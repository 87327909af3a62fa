/**
 * 15 million readings: 100 meters a year every quarter hour, 20 of a month every 5 seconds, 1,000 of an hour every 5
 * seconds. Eight registers each, values as a household's meter shows them.
 */
export const QUARTER_MS = 900_000;
export const HOUR_MS = 4 * QUARTER_MS;
export const YEAR_START = Date.parse("2025-12-31T23:00:00Z");
export const YEAR_END = Date.parse("2026-12-31T23:00:00Z");
const MARCH = Date.parse("2026-02-28T23:00:00Z");
/** The hour before the benchmark's now. */
export const NOW: number = YEAR_END + HOUR_MS;

export interface Houses {
  /** Ids are the prefix and a number from 0 on. */
  prefix: string;
  meters: number;
  from: number;
  stepMs: number;
  steps: number;
}

const YEARS: Houses = {
  prefix: "year",
  meters: 100,
  from: YEAR_START,
  stepMs: QUARTER_MS,
  steps: (YEAR_END - YEAR_START) / QUARTER_MS,
};
const MONTHS: Houses = { prefix: "month", meters: 20, from: MARCH, stepMs: 5_000, steps: 30 * 24 * 720 };
const HOURS: Houses = { prefix: "hour", meters: 1_000, from: YEAR_END, stepMs: 5_000, steps: 720 };
export const HOUSES: readonly Houses[] = [YEARS, MONTHS, HOURS];
/** The same questions, quicker to fill: five days of the month, and five minutes of the hour. */
export const FEWER_HOUSES: readonly Houses[] = [
  YEARS,
  { ...MONTHS, steps: 5 * 24 * 720 },
  { ...HOURS, steps: 60 },
];

/** One meter's year at 5 seconds: what is exported. */
export const YEAR_AT_5_S: Houses = {
  prefix: "dense",
  meters: 1,
  from: YEAR_START,
  stepMs: 5_000,
  steps: (YEAR_END - YEAR_START) / 5_000,
};

export const readingsOf = (all: readonly Houses[]): number =>
  all.reduce((sum, { meters, steps }) => sum + meters * steps, 0);
export const idsOf = ({ prefix, meters }: Houses): string[] =>
  Array.from({ length: meters }, (_, index) => `${prefix}${index}`);
export const YEAR_METERS: readonly string[] = idsOf(YEARS);
export const HOUR_METERS: readonly string[] = idsOf(HOURS);

/** Registers as SQL expressions of the step `i` and the meter's number `m`, for either engine. */
export const registersSql = (stepMs: number): Readonly<Record<string, string>> => ({
  import_wh: `1000000.0 + floor(i * ${stepMs / 6_000}) + m * 1000`,
  export_wh: `20000.0 + floor(i * ${stepMs / 30_000})`,
  power_w: `300.0 + (i * 37 + m * 11) % 900`,
  voltage_l1_v: `230.0 + ((i + m) % 40) / 10.0`,
  voltage_l2_v: `229.0 + ((i * 3 + m) % 40) / 10.0`,
  voltage_l3_v: `231.0 + ((i * 7 + m) % 40) / 10.0`,
  current_l1_a: `1.0 + ((i * 5 + m) % 300) / 100.0`,
  current_l2_a: `0.5 + ((i * 11 + m) % 200) / 100.0`,
});
