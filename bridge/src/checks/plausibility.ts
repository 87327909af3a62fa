import { HOUR_MS, REGISTERS, type NormalisedReading } from "@smp/schemas";
import { CONNECTION_FACTOR } from "./connection-limits.ts";

/** Counters of energy: what their difference says is known. */
const COUNTERS: readonly string[] = REGISTERS.filter(
  ({ kind, unit }) => kind === "counter" && (unit === "Wh" || unit === "varh"),
).map(({ code }) => code);
const indexOfCounter: ReadonlyMap<string, number> = new Map(COUNTERS.map((code, index) => [code, index]));
/** So many further readings at the new level make it the true one. */
const CONFIRMATIONS = 3;
/** Some counters move in steps of a whole kWh, however short the time was. */
const STEP_WH = 1_000;
/** More meters than this are not followed; the one that was first followed is forgotten, and begins anew. */
const METERS_MAX = 100_000;

/** Counter values that are held to be true, each with its time. Without a value: NaN. */
interface Level {
  values: number[];
  times: number[];
  /** Of the newest reading. */
  t: number;
}

interface MeterState {
  trusted: Level;
  /** Readings that contradict the trusted level and agree with each other, at most `CONFIRMATIONS`; and their level. */
  suspected?: { readings: NormalisedReading[]; level: Level } | undefined;
}

export interface Judgement {
  /** What goes to the log, in this order: readings that are suspect no longer, once more and unmarked, then the one given. */
  readings: readonly NormalisedReading[];
  /** The one given, marked when it is suspect. */
  reading: NormalisedReading;
  /** Whether it takes the place of another one of the same time with other counters. */
  replaces: boolean;
}

/**
 * Finds readings whose energy counters cannot follow the ones before: lower, or higher by more than 1.5 times the
 * connection limit times the time since. They are marked `suspect`, so that the store keeps them and leaves them out of
 * energy. The third further reading that agrees with the first suspect one confirms the new level: a reset, or a
 * jump. The suspects are then given once more without the mark and as received now, which replaces them in the store.
 *
 * Pure but for its memory, which is bounded: one level a meter, and three readings while they are suspect. A meter's first reading
 * has nothing to be compared with and is taken, unless `seed` told what the store holds.
 */
export class Plausibility {
  readonly #limitW: (reading: NormalisedReading) => number;
  readonly #metersMax: number;
  readonly #meters = new Map<string, MeterState>();

  constructor(limitW: (reading: NormalisedReading) => number, metersMax: number = METERS_MAX) {
    this.#limitW = limitW;
    this.#metersMax = metersMax;
  }

  /** Begins with counters that the store holds, each with its time. */
  seed(meter: string, registers: Readonly<Record<string, { value: number; t: number }>>): void {
    const trusted = emptyLevel();
    for (const [index, code] of COUNTERS.entries()) {
      const known = registers[code];
      if (!known) continue;
      trusted.values[index] = known.value;
      trusted.times[index] = known.t;
      trusted.t = Math.max(trusted.t, known.t);
    }
    if (trusted.t >= 0) this.#follow(meter, { trusted });
  }

  /** Such a meter begins anew. */
  forget(meter: string): void {
    this.#meters.delete(meter);
  }

  judge(reading: NormalisedReading): Judgement {
    if (!COUNTERS.some((code) => reading.r[code] !== undefined)) return taken(reading);
    const state = this.#meters.get(reading.meter);
    if (!state) {
      this.#follow(reading.meter, { trusted: raised(emptyLevel(), reading) });
      return taken(reading);
    }
    const { trusted } = state;
    const limitW = this.#limitW(reading);
    if (reading.t <= trusted.t) return judgeLate(reading, state, limitW);
    if (follows(reading, trusted, limitW)) {
      raised(trusted, reading);
      state.suspected = undefined;
      return taken(reading);
    }
    return judgeSuspect(reading, state, limitW);
  }

  #follow(meter: string, state: MeterState): void {
    if (this.#meters.size >= this.#metersMax) {
      const oldest = this.#meters.keys().next().value;
      if (oldest !== undefined) this.#meters.delete(oldest);
    }
    this.#meters.set(meter, state);
  }
}

/**
 * A reading out of order, such as one that waited in the device's journal: it lies below the trusted level, but not far. Of the level's
 * own time it may correct that a little; one that jumps is no correction before others confirm it.
 */
function judgeLate(reading: NormalisedReading, state: MeterState, limitW: number): Judgement {
  const { trusted } = state;
  let replaces = false;
  let jumps = false;
  for (const [index, code] of COUNTERS.entries()) {
    const [value, after, at] = [reading.r[code], trusted.values[index] ?? NaN, trusted.times[index] ?? 0];
    if (value === undefined || Number.isNaN(after) || reading.t > at) continue;
    if (reading.t === at) {
      replaces ||= value !== after;
      jumps ||= Math.abs(value - after) > STEP_WH;
    } else if (value > after || after - value > allowedWh(at - reading.t, limitW)) return suspect(reading);
  }
  if (jumps) return { ...judgeSuspect(reading, state, limitW), replaces };
  // The store holds the correction now: what comes next goes on from there.
  for (const [index, code] of COUNTERS.entries())
    if (trusted.times[index] === reading.t)
      trusted.values[index] = reading.r[code] ?? trusted.values[index] ?? NaN;
  return { ...taken(reading), replaces };
}

function judgeSuspect(reading: NormalisedReading, state: MeterState, limitW: number): Judgement {
  const { suspected } = state;
  // One that came before and is sent once more confirms nothing.
  if (suspected && reading.t <= suspected.level.t) return suspect(reading);
  if (!suspected || !follows(reading, suspected.level, limitW)) {
    state.suspected = { readings: [reading], level: raised(emptyLevel(), reading) };
    return suspect(reading);
  }
  const { readings, level } = suspected;
  raised(level, reading);
  if (readings.length < CONFIRMATIONS) {
    readings.push(reading);
    return suspect(reading);
  }
  state.trusted = level;
  state.suspected = undefined;
  return { readings: [...readings.map((one) => confirmed(one, reading)), reading], reading, replaces: false };
}

/** What is new about it arrives now: who keeps a copy asks for what arrived since the last time. */
const confirmed = (suspect: NormalisedReading, { received }: NormalisedReading): NormalisedReading => ({
  ...suspect,
  received: Math.max(suspect.received, received),
});

/** Whether the counters of a later reading can come after a level. */
function follows({ t, r }: NormalisedReading, level: Level, limitW: number): boolean {
  for (const code in r) {
    const index = indexOfCounter.get(code);
    if (index === undefined) continue;
    const step = (r[code] ?? NaN) - (level.values[index] ?? NaN);
    // NaN where the level has no value yet: nothing to be compared with.
    if (step < 0 || step > allowedWh(t - (level.times[index] ?? 0), limitW)) return false;
  }
  return true;
}

const allowedWh = (ms: number, limitW: number): number =>
  STEP_WH + (CONNECTION_FACTOR * limitW * Math.max(ms, 0)) / HOUR_MS;

const emptyLevel = (): Level => ({
  values: COUNTERS.map(() => NaN),
  times: COUNTERS.map(() => 0),
  t: -1,
});

/** The level with a reading's counters on top. */
function raised(level: Level, { t, r }: NormalisedReading): Level {
  for (const code in r) {
    const index = indexOfCounter.get(code);
    if (index === undefined) continue;
    level.values[index] = r[code] ?? NaN;
    level.times[index] = t;
  }
  level.t = t;
  return level;
}

const taken = (reading: NormalisedReading): Judgement => ({ readings: [reading], reading, replaces: false });

function suspect(reading: NormalisedReading): Judgement {
  return taken({ ...reading, quality: [...(reading.quality ?? []), "suspect"] });
}
