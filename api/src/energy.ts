/**
 * From the store's buckets to the API's: every bucket of the range is there, energy in kWh, and what is unknown is null.
 */
import { QUARTER_HOUR_MS, toOffsetString } from "@smp/schemas";
import type { EnergyBucket } from "@smp/schemas/api";
import type { Bucket } from "@smp/store";
import type { TimeRange } from "./parameters.ts";

/** kWh from whole Wh: the double nearest to the decimal, which JSON prints with at most three places. */
export const kwh = (wh: number): number => Math.round(wh) / 1000;
export const kwhOrNull = (wh: number | null): number | null => (wh === null ? null : kwh(wh));

/** A range of the answer, and what the store has of it. */
export interface Slot extends TimeRange {
  bucket: Bucket | undefined;
}

/** One slot per bucket of the range, whether or not the store has readings in it. `bounds`: n + 1 numbers for n buckets. */
export function slots(bounds: readonly number[], buckets: readonly Bucket[]): Slot[] {
  const byStart = new Map(buckets.map((bucket) => [bucket.from, bucket]));
  const found = bounds
    .slice(1)
    .map((to, index) => ({ from: bounds[index]!, to, bucket: byStart.get(bounds[index]!) }));
  // A bucket that belongs nowhere would vanish from the answer without a word.
  const used = found.filter((slot) => slot.bucket?.to === slot.to).length;
  if (used !== buckets.length)
    throw new Error(`the store answered with ${buckets.length - used} buckets outside the asked ones`);
  return found;
}

/** Quarter hours of the range that have begun. */
const begun = (range: TimeRange, now: number): number =>
  Math.max(0, Math.ceil((Math.min(range.to, now) - range.from) / QUARTER_HOUR_MS));

/** Share with three places, cut off and not rounded: 1 means that none is missing. */
export function coverage(seen: number, range: TimeRange, now: number): number {
  const expected = begun(range, now);
  return expected === 0 ? Number(seen > 0) : Math.floor(Math.min(1, seen / expected) * 1000) / 1000;
}

interface Sums {
  importWh: number | null;
  exportWh: number | null;
  importUnallocatedWh: number;
  exportUnallocatedWh: number;
  quartersSeen: number;
  readings: number;
}
const NOTHING: Sums = {
  importWh: null,
  exportWh: null,
  importUnallocatedWh: 0,
  exportUnallocatedWh: 0,
  quartersSeen: 0,
  readings: 0,
};

function energyBucket(range: TimeRange, sums: Sums, at: (ms: number) => string, now: number): EnergyBucket {
  const share = coverage(sums.quartersSeen, range, now);
  const unallocated = sums.importUnallocatedWh > 0 || sums.exportUnallocatedWh > 0;
  return {
    start: at(range.from),
    end: at(range.to),
    import_kwh: kwhOrNull(sums.importWh),
    export_kwh: kwhOrNull(sums.exportWh),
    coverage: share,
    import_unallocated_kwh: kwh(sums.importUnallocatedWh),
    export_unallocated_kwh: kwh(sums.exportUnallocatedWh),
    quality: sums.readings === 0 ? "none" : share < 1 || unallocated ? "partial" : "measured",
    readings: sums.readings,
  };
}

export function energyBuckets(list: readonly Slot[], tz: string, now: number): EnergyBucket[] {
  // One's end is the next one's start.
  let written = { ms: Number.NaN, text: "" };
  const at = (ms: number): string => {
    if (ms !== written.ms) written = { ms, text: toOffsetString(ms, tz) };
    return written.text;
  };
  return list.map((slot) => energyBucket(slot, slot.bucket ?? NOTHING, at, now));
}
