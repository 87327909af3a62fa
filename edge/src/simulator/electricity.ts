import { DAY_MS, MINUTE_MS } from "@smp/schemas";
import { householdDay, MINUTES_PER_DAY, type HouseholdDay, type HouseholdOptions } from "./household.ts";
import { hash, smooth, uniform } from "./random.ts";

/** Counted energy in integers, so that nothing is rounded away: 1 Wh = 3,600,000 mJ; exact up to 2.5 GWh. */
export interface EnergyCounters {
  importMillijoules: number;
  exportMillijoules: number;
  /** Reactive energy likewise, in var·ms. */
  importVarMs: number;
  exportVarMs: number;
}

/** What the meter measures over one slot of 5 s. */
export interface Measurement {
  totalW: number;
  voltageV: number[];
  currentA: number[];
  powerFactor: number;
}

const SLOT_MS = 5_000;
export const MILLIJOULES_PER_WH = 3_600_000;
const SLOTS_PER_MINUTE = MINUTE_MS / SLOT_MS;
/** A whole day is kept per entry; live use needs one, a range at midnight two. */
const DAYS_KEPT = 2;
/** Some 27 years of one house. */
const DAYS_SUMMED_MAX = 10_000;
const VOLTAGE_MIN = 223.2;
const VOLTAGE_MAX = 240.8;

/** Whole days of any house: a meter counts from its installation on, and is often started anew. */
const summedDays = new Map<string, EnergyCounters>();

/**
 * The electricity of one house as a pure function of time.
 *
 * Power is constant over a slot of 5 s, and the slots of a minute deviate from the minute's mean in pairs that cancel and
 * never change its sign. So energy over whole minutes is exactly the minute's power, and the sum over any division of
 * time is the same to the millijoule: counters do not depend on how often somebody looks.
 */
export class Electricity {
  readonly #options: HouseholdOptions;
  readonly #days = new Map<number, HouseholdDay>();

  constructor(options: HouseholdOptions) {
    this.#options = options;
  }

  /** Adds the energy between two instants to `counters`. */
  integrate(counters: EnergyCounters, fromMs: number, toMs: number): void {
    const [firstDay, endDay] = [Math.ceil(fromMs / DAY_MS), Math.floor(toMs / DAY_MS)];
    if (firstDay >= endDay) return this.#addMinutes(counters, fromMs, toMs);
    this.#addMinutes(counters, fromMs, firstDay * DAY_MS);
    for (let day = firstDay; day < endDay; day++) {
      const sums = this.#wholeDay(day);
      counters.importMillijoules += sums.importMillijoules;
      counters.exportMillijoules += sums.exportMillijoules;
      counters.importVarMs += sums.importVarMs;
      counters.exportVarMs += sums.exportVarMs;
    }
    this.#addMinutes(counters, endDay * DAY_MS, toMs);
  }

  #wholeDay(utcDay: number): EnergyCounters {
    const { seed, pvKwp, kwhPerYear, phases } = this.#options;
    const key = [seed, pvKwp, kwhPerYear, phases, utcDay].join(" ");
    const known = summedDays.get(key);
    if (known) return known;
    const sums = { importMillijoules: 0, exportMillijoules: 0, importVarMs: 0, exportVarMs: 0 };
    this.#addMinutes(sums, utcDay * DAY_MS, (utcDay + 1) * DAY_MS);
    if (summedDays.size >= DAYS_SUMMED_MAX) summedDays.clear();
    summedDays.set(key, sums);
    return sums;
  }

  #addMinutes(counters: EnergyCounters, fromMs: number, toMs: number): void {
    let atMs = fromMs;
    while (atMs < toMs) {
      const minute = Math.floor(atMs / MINUTE_MS);
      const whole = atMs === minute * MINUTE_MS && toMs - atMs >= MINUTE_MS;
      const endMs = whole ? atMs + MINUTE_MS : Math.min(toMs, (Math.floor(atMs / SLOT_MS) + 1) * SLOT_MS);
      const elapsedMs = endMs - atMs;
      const day = this.#day(minute);
      const minuteOfDay = modulo(minute, MINUTES_PER_DAY);
      const watts = whole ? (day.totalW[minuteOfDay] ?? 0) : this.#slotW(Math.floor(atMs / SLOT_MS));
      const vars = day.reactiveVar[minuteOfDay] ?? 0;
      if (watts > 0) counters.importMillijoules += watts * elapsedMs;
      else counters.exportMillijoules -= watts * elapsedMs;
      if (vars > 0) counters.importVarMs += vars * elapsedMs;
      else counters.exportVarMs -= vars * elapsedMs;
      atMs = endMs;
    }
  }

  /** The slot that has just ended at this instant (or is running, between two slots). */
  measure(instantMs: number): Measurement {
    const slot = Math.floor((instantMs - 1) / SLOT_MS);
    const minute = Math.floor(slot / SLOTS_PER_MINUTE);
    const day = this.#day(minute);
    const minuteOfDay = modulo(minute, MINUTES_PER_DAY);
    const phases = day.phaseW.length;
    const watts = day.phaseW.map((phase) => phase[minuteOfDay] ?? 0);
    const totalW = this.#slotW(slot);
    watts[modulo(minute, phases)]! += totalW - (day.totalW[minuteOfDay] ?? 0);
    const phaseVar = (day.reactiveVar[minuteOfDay] ?? 0) / phases;
    const voltageV = watts.map((phaseW, phase) => this.#voltageV(slot, phase, phaseW));
    const currentA = watts.map((phaseW, phase) =>
      round(Math.hypot(phaseW, phaseVar) / voltageV[phase]!, 100),
    );
    const apparentVa = voltageV.reduce((sum, volts, phase) => sum + volts * currentA[phase]!, 0);
    const powerFactor = apparentVa === 0 ? 1 : Math.min(1, round(Math.abs(totalW) / apparentVa, 1000));
    return { totalW, voltageV, currentA, powerFactor };
  }

  #slotW(slot: number): number {
    const minute = Math.floor(slot / SLOTS_PER_MINUTE);
    const meanW = this.#day(minute).totalW[modulo(minute, MINUTES_PER_DAY)] ?? 0;
    const amplitudeW = Math.min(Math.abs(meanW), 6 + Math.round(Math.abs(meanW) * 0.03));
    const deviationW = hash(this.#options.seed, slot >> 1, 41) % (amplitudeW + 1);
    return slot % 2 === 0 ? meanW + deviationW : meanW - deviationW;
  }

  /** The grid's slow swing, a quick jitter, and the drop (or lift by panels) along the house's own line. */
  #voltageV(slot: number, phase: number, watts: number): number {
    const seed = this.#options.seed;
    const swing = smooth((place) => uniform(seed, place, 51 + phase), slot / 180) * 9 - 4.5;
    const jitter = uniform(seed, slot, 61 + phase) * 1.2 - 0.6;
    const volts = 232 + swing + jitter - watts * 0.0006;
    return round(Math.min(VOLTAGE_MAX, Math.max(VOLTAGE_MIN, volts)), 10);
  }

  #day(minute: number): HouseholdDay {
    const utcDay = Math.floor(minute / MINUTES_PER_DAY);
    const known = this.#days.get(utcDay);
    if (known) return known;
    const oldest = this.#days.keys().next();
    if (this.#days.size >= DAYS_KEPT && oldest.done === false) this.#days.delete(oldest.value);
    const day = householdDay(this.#options, utcDay);
    this.#days.set(utcDay, day);
    return day;
  }
}

function round(value: number, steps: number): number {
  return Math.round(value * steps) / steps;
}

function modulo(value: number, divisor: number): number {
  return ((value % divisor) + divisor) % divisor;
}
