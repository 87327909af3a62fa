import { DAY_MS } from "@smp/schemas";
import { APPLIANCES, type Appliance } from "./appliances.ts";
import { austrianTime } from "./austrian-clock.ts";
import { hash, uniform } from "./random.ts";
import { solarPowerW } from "./solar.ts";

export interface HouseholdOptions {
  seed: number;
  /** Peak power of the panels; 0 is a house without. */
  pvKwp: number;
  kwhPerYear: number;
  /** Phases that are in use; a house on one phase has everything there. */
  phases: 1 | 3;
}

/** One UTC day, minute by minute. Whole watts; negative is surplus of the panels. */
export interface HouseholdDay {
  /** One array of 1440 watts for each phase. */
  phaseW: readonly Int32Array[];
  /** Sum of the phases: what the meter counts (Austrian meters balance them). */
  totalW: Int32Array;
  /** Positive inductive (R+), negative capacitive (R−). */
  reactiveVar: Int32Array;
}

export const MINUTES_PER_DAY = 1440;
/** What the table below draws unscaled, in a year of many seeds. */
const UNSCALED_KWH_PER_YEAR = 3500;
/** An inverter from this size on feeds three phases (TOR Erzeuger: at most 3.68 kVA on one). */
const THREE_PHASE_KWP_MIN = 3.68;

/** A pure function: the same options and day give the same curve, so energy needs no memory. */
export function householdDay(options: HouseholdOptions, utcDay: number): HouseholdDay {
  const phaseW = Array.from({ length: options.phases }, () => new Int32Array(MINUTES_PER_DAY));
  const reactiveVar = new Int32Array(MINUTES_PER_DAY);
  const scale = options.kwhPerYear / UNSCALED_KWH_PER_YEAR;
  addBaseLoad(options, utcDay, scale, phaseW, reactiveVar);
  APPLIANCES.forEach((appliance, index) =>
    addRuns(options, utcDay, scale, appliance, index, phaseW, reactiveVar),
  );
  if (options.pvKwp > 0) subtractSolar(options, utcDay, phaseW);
  const totalW = Int32Array.from({ length: MINUTES_PER_DAY }, (_, minute) =>
    phaseW.reduce((sum, watts) => sum + at(watts, minute), 0),
  );
  return { phaseW, totalW, reactiveVar };
}

/** Standby, light and the fridge's compressor; standby supplies are what makes a house capacitive at night. */
function addBaseLoad(
  { seed }: HouseholdOptions,
  utcDay: number,
  scale: number,
  phaseW: readonly Int32Array[],
  reactiveVar: Int32Array,
): void {
  const shiftMinutes = -austrianTime(utcDay * DAY_MS).deviation;
  const fridgePeriod = 38 + (hash(seed, 1, 11) % 14);
  for (let minute = 0; minute < MINUTES_PER_DAY; minute++) {
    const absolute = utcDay * MINUTES_PER_DAY + minute;
    const hour = ((minute + shiftMinutes) / 60) % 24;
    const flicker = uniform(seed, absolute, 12);
    const awake = hour >= 6 && hour < 23;
    const light =
      (hour >= 17 && hour < 23) || (hour >= 6 && hour < 8) ? 70 + 60 * uniform(seed, absolute >> 4, 13) : 0;
    const fridge = absolute % fridgePeriod < fridgePeriod * 0.36;
    add(phaseW, 0, minute, scale * (38 + 5 * flicker + light));
    add(phaseW, 1, minute, scale * (31 + (awake ? 18 : 0) + 4 * flicker));
    add(phaseW, 2, minute, scale * (24 + (fridge ? 92 : 0) + 3 * flicker));
    reactiveVar[minute] = Math.round(scale * ((fridge ? 55 : 0) - 74 - 9 * flicker));
  }
}

function addRuns(
  { seed }: HouseholdOptions,
  utcDay: number,
  scale: number,
  appliance: Appliance,
  index: number,
  phaseW: readonly Int32Array[],
  reactiveVar: Int32Array,
): void {
  const stream = 100 + 20 * index;
  const runs = Math.floor(appliance.runsPerDay + uniform(seed, utcDay, stream));
  const shiftMinutes = -austrianTime(utcDay * DAY_MS).deviation;
  for (let run = 0; run < runs; run++) {
    const hour =
      appliance.fromHour + (appliance.toHour - appliance.fromHour) * uniform(seed, utcDay, stream + 1 + run);
    let minute = Math.round(hour * 60) - shiftMinutes;
    for (const [watts, minutes] of appliance.stages) {
      const end = Math.min(minute + minutes, MINUTES_PER_DAY);
      for (; minute < end; minute++) {
        add(phaseW, appliance.phase, minute, scale * watts);
        reactiveVar[minute] = at(reactiveVar, minute) + Math.round(scale * watts * appliance.varPerW);
      }
    }
  }
}

function subtractSolar(
  { seed, pvKwp }: HouseholdOptions,
  utcDay: number,
  phaseW: readonly Int32Array[],
): void {
  const fed = pvKwp > THREE_PHASE_KWP_MIN ? phaseW.length : 1;
  for (let minute = 0; minute < MINUTES_PER_DAY; minute++) {
    const watts = solarPowerW(seed, pvKwp, utcDay, minute);
    if (watts === 0) continue;
    for (let phase = 0; phase < fed; phase++) add(phaseW, phase, minute, -watts / fed);
  }
}

function add(phaseW: readonly Int32Array[], phase: number, minute: number, watts: number): void {
  const target = phaseW[phase % phaseW.length];
  if (target) target[minute] = at(target, minute) + Math.round(watts);
}

function at(values: Int32Array, index: number): number {
  return values[index] ?? 0;
}
