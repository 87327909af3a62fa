import { QUARTER_HOUR_MS } from "@smp/schemas";
import type { Bucket, EnergySteps, EnergyStretch, Gap } from "../store.ts";

/**
 * The energy rule, once for every engine. Energy is the sum of a counter's positive differences:
 *
 * - within a quarter hour all of them (`gained`; a reset adds nothing and takes nothing);
 * - between two quarter hours that follow each other: to the earlier one;
 * - across at least one whole quarter hour without a counter reading: when it passed is unknown, so it is *unallocated*.
 *   Only a bucket that holds the whole stretch, both ends included, counts it, and says so;
 * - across the exchange of a meter: none.
 */
export interface Counter {
  first: number;
  last: number;
  /** Sum of the positive differences inside the quarter hour; null when it holds one counter reading only. */
  gained: number | null;
  /** Of what was gained, the part that passed in gaps; only of several quarter hours added up. */
  unallocated?: number;
  /** Times of the first and the last counter reading. */
  firstMs: number;
  lastMs: number;
}

/**
 * One meter's 15 minutes UTC that hold at least one reading. Counters leave suspect readings out, gains know of swaps. Several
 * that follow each other in one bucket may be added up as one.
 */
export interface Quarter {
  meter: string;
  from: number;
  /** How many are added up; 1 when not given. */
  seen?: number;
  readings: number;
  firstMs: number;
  lastMs: number;
  imported: Counter | null;
  exported: Counter | null;
  powerSum: number;
  powerCount: number;
  powerMin: number | null;
  powerMax: number | null;
}

/** Where the quarter hour begins that holds an instant. */
export const startOfQuarter = (ms: number): number => Math.floor(ms / QUARTER_HOUR_MS) * QUARTER_HOUR_MS;
const difference = (before: Counter, after: Counter): number => Math.max(after.first - before.last, 0);

/** The whole quarter hours that touch a range. */
export const wholeQuarters = ({ from, to }: { from: number; to: number }): { from: number; to: number } => ({
  from: startOfQuarter(from),
  to: Math.ceil(to / QUARTER_HOUR_MS) * QUARTER_HOUR_MS,
});

/** Whether a meter was exchanged after one reading and not after a later one. `swaps` are in order. */
const swappedBetween = (swaps: readonly number[], beforeMs: number, afterMs: number): boolean =>
  swaps.some((at) => beforeMs < at && at <= afterMs);

/** Adds up one counter of one meter over its quarter hours, in order. */
class CounterFold {
  readonly energyWh: (number | null)[];
  readonly unallocatedWh: number[];
  readonly #bounds: readonly number[];
  readonly #swaps: readonly number[];
  #before: { counter: Counter; bucket: number } | undefined;

  constructor(bounds: readonly number[], swaps: readonly number[]) {
    this.#bounds = bounds;
    this.#swaps = swaps;
    this.energyWh = Array.from({ length: bounds.length - 1 }, () => null);
    this.unallocatedWh = Array.from({ length: bounds.length - 1 }, () => 0);
  }

  add(bucket: number, counter: Counter): void {
    const before = this.#before;
    if (before && !swappedBetween(this.#swaps, before.counter.lastMs, counter.firstMs)) {
      const stepWh = difference(before.counter, counter);
      const isNext =
        startOfQuarter(counter.firstMs) - startOfQuarter(before.counter.lastMs) === QUARTER_HOUR_MS;
      if (isNext) this.#count(before.bucket, stepWh);
      else if (counter.firstMs <= (this.#bounds[before.bucket + 1] ?? -Infinity))
        this.#count(before.bucket, stepWh, stepWh);
    }
    if (counter.gained !== null) this.#count(bucket, counter.gained, counter.unallocated);
    this.#before = { counter, bucket };
  }

  /** What lies after the last bucket only ends differences that began before. */
  #count(bucket: number, wh: number, unallocatedWh = 0): void {
    if (bucket >= this.energyWh.length) return;
    this.energyWh[bucket] = (this.energyWh[bucket] ?? 0) + wh;
    this.unallocatedWh[bucket] = (this.unallocatedWh[bucket] ?? 0) + unallocatedWh;
  }
}

/** One meter's buckets; only those with a reading. `quarters` must be in order, from the first bound to one beyond the last. */
export function foldMeter(
  quarters: readonly Quarter[],
  bounds: readonly number[],
  swaps: readonly number[],
): Bucket[] {
  const imported = new CounterFold(bounds, swaps);
  const exported = new CounterFold(bounds, swaps);
  const power: { sum: number; count: number; min: number | null; max: number | null }[] = [];
  const seen: { quarters: number; readings: number }[] = [];
  let bucket = 0;
  for (const quarter of quarters) {
    while (bucket < bounds.length - 1 && quarter.from >= (bounds[bucket + 1] ?? Infinity)) bucket++;
    if (quarter.imported) imported.add(bucket, quarter.imported);
    if (quarter.exported) exported.add(bucket, quarter.exported);
    if (bucket >= bounds.length - 1) continue;
    const total = (seen[bucket] ??= { quarters: 0, readings: 0 });
    total.quarters += quarter.seen ?? 1;
    total.readings += quarter.readings;
    const watts = (power[bucket] ??= { sum: 0, count: 0, min: null, max: null });
    watts.sum += quarter.powerSum;
    watts.count += quarter.powerCount;
    if (quarter.powerMin !== null) watts.min = Math.min(watts.min ?? Infinity, quarter.powerMin);
    if (quarter.powerMax !== null) watts.max = Math.max(watts.max ?? -Infinity, quarter.powerMax);
  }
  return seen.flatMap((total, index) => {
    const [from = 0, to = 0] = bounds.slice(index, index + 2);
    const watts = power[index];
    return {
      meter: quarters[0]?.meter ?? "",
      from,
      to,
      importWh: imported.energyWh[index] ?? null,
      exportWh: exported.energyWh[index] ?? null,
      importUnallocatedWh: imported.unallocatedWh[index] ?? 0,
      exportUnallocatedWh: exported.unallocatedWh[index] ?? 0,
      powerAvgW: watts && watts.count > 0 ? watts.sum / watts.count : null,
      powerMinW: watts?.min ?? null,
      powerMaxW: watts?.max ?? null,
      quartersSeen: total.quarters,
      quarters: (to - from) / QUARTER_HOUR_MS,
      readings: total.readings,
    };
  });
}

function across(before: Counter | null, after: Counter | null, swaps: readonly number[]): number | null {
  if (!before || !after || swappedBetween(swaps, before.lastMs, after.firstMs)) return null;
  return after.first >= before.last ? after.first - before.last : null;
}

type Time = Pick<Gap, "from" | "to">;
const touches = (time: Time, { from, to }: Time): boolean => time.from < to && time.to > from;

/** The stretches of at least one whole quarter hour without a reading between one meter's quarter hours, in order, that touch a range. */
export function gapsBetween(quarters: readonly Quarter[], swaps: readonly number[], range: Time): Gap[] {
  return quarters.slice(1).flatMap((after, index) => {
    const before = quarters[index];
    if (!before || after.from - before.from <= QUARTER_HOUR_MS) return [];
    const time = { from: before.lastMs, to: after.firstMs };
    if (!touches(time, range)) return [];
    return {
      ...time,
      reason: swappedBetween(swaps, before.lastMs, after.firstMs) ? "meter-swap" : "no-readings",
      importWh: across(before.imported, after.imported, swaps),
      exportWh: across(before.exported, after.exported, swaps),
    };
  });
}

/** One meter's energy where it passed; `quarters` are in order, and reach to the readings around the range. */
export function stepsOf(quarters: readonly Quarter[], swaps: readonly number[], range: Time): EnergySteps {
  const imported = counterSteps(quarters, "imported", swaps);
  const exported = counterSteps(quarters, "exported", swaps);
  const stretches: EnergyStretch[] = [
    ...imported.stretches.map(({ wh, ...time }) => ({ ...time, importWh: wh, exportWh: null })),
    ...exported.stretches.map(({ wh, ...time }) => ({ ...time, importWh: null, exportWh: wh })),
  ];
  return {
    quarters: quarters.flatMap((quarter, index) =>
      touches({ from: quarter.from, to: quarter.from + QUARTER_HOUR_MS }, range)
        ? {
            from: quarter.from,
            importWh: imported.energyWh[index] ?? null,
            exportWh: exported.energyWh[index] ?? null,
          }
        : [],
    ),
    stretches: stretches.filter((stretch) => touches(stretch, range)),
  };
}

interface CounterSteps {
  /** Of each quarter hour. */
  energyWh: (number | null)[];
  stretches: { from: number; to: number; wh: number }[];
}

function counterSteps(
  quarters: readonly Quarter[],
  name: "imported" | "exported",
  swaps: readonly number[],
): CounterSteps {
  const steps: CounterSteps = { energyWh: quarters.map(() => null), stretches: [] };
  const count = (index: number, wh: number): void => {
    steps.energyWh[index] = (steps.energyWh[index] ?? 0) + wh;
  };
  let before: { counter: Counter; from: number; index: number } | undefined;
  for (const [index, { from, [name]: counter }] of quarters.entries()) {
    if (!counter) continue;
    if (before && !swappedBetween(swaps, before.counter.lastMs, counter.firstMs)) {
      const wh = difference(before.counter, counter);
      if (from - before.from === QUARTER_HOUR_MS) count(before.index, wh);
      else steps.stretches.push({ from: before.counter.lastMs, to: counter.firstMs, wh });
    }
    if (counter.gained !== null) count(index, counter.gained);
    before = { counter, from, index };
  }
  return steps;
}
