import { QUARTER_HOUR_MS, type NormalisedReading } from "@smp/schemas";

/** Meters whose newest reading is kept; beyond, everything is computed once more, which changes nothing. */
const METERS_MAX = 10_000;
/** A quarter hour's energy also hangs on the readings around it. */
const AROUND = 2;

interface Newest {
  /** Of the reading that led there. */
  t: number;
  quarter: number;
  /** Where the meter was before the batch in which it came to `quarter`. */
  before: number;
  batch: number;
}

/**
 * Tells which finished quarter hours a batch may have changed: the last ones when a meter enters a new quarter hour, those
 * around a late reading. Memory only saves work: without it, more is computed, and so it is for a batch that comes again
 * because what it led to was not kept.
 */
export class QuarterWatch {
  readonly #newest = new Map<string, Newest>();
  #batch = 0;

  /** Time of the reading with which the meter came to its newest quarter hour, Unix ms UTC. */
  newest(meter: string): number {
    return this.#newest.get(meter)?.t ?? 0;
  }

  /** Starts of quarter hours per meter, Unix ms UTC, in order. */
  take(readings: readonly NormalisedReading[]): Map<string, number[]> {
    if (this.#newest.size > METERS_MAX) this.#newest.clear();
    const batch = ++this.#batch;
    const touched = new Map<string, Set<number>>();
    for (const { meter, t } of readings) {
      const quarter = Math.floor(t / QUARTER_HOUR_MS);
      const newest = this.#newest.get(meter) ?? { t: -Infinity, quarter, before: quarter, batch };
      if (quarter === newest.quarter && t > newest.t && newest.t >= 0) continue;
      const last = Math.max(quarter, newest.quarter);
      const candidates = [newest.quarter, newest.before];
      for (let near = quarter - AROUND; near <= quarter + AROUND; near++) candidates.push(near);
      const set = touched.get(meter) ?? new Set();
      // The last quarter hour of the meter is not over.
      for (const candidate of candidates) if (candidate < last) set.add(candidate);
      touched.set(meter, set);
      const before = newest.batch === batch ? newest.before : newest.quarter;
      if (t > newest.t) this.#newest.set(meter, { t, quarter, before, batch });
    }
    return new Map(
      [...touched].map(([meter, set]) => [
        meter,
        [...set].sort((a, b) => a - b).map((quarter) => quarter * QUARTER_HOUR_MS),
      ]),
    );
  }
}

/** Runs of times that lie within `spanMs` of each one's first, so that one query serves each. */
export function spans(times: readonly number[], spanMs: number): number[][] {
  const runs: number[][] = [];
  for (const time of [...new Set(times)].sort((a, b) => a - b)) {
    const run = runs.at(-1);
    if (run && time - (run[0] ?? time) < spanMs) run.push(time);
    else runs.push([time]);
  }
  return runs;
}
