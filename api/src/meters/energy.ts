/**
 * From the store's buckets to the API's: every bucket of the range is there, energy in kWh, and what is unknown is null.
 */
import { QUARTER_HOUR_MS } from "@smp/schemas";
import type { EnergyBucket, EnergySeries } from "@smp/schemas/api";
import type { Bucket } from "@smp/store";
import type { TimeRange } from "../request/parameters.ts";

/** kWh from whole Wh: the double nearest to the decimal, which JSON prints with at most three places. */
export const kwh = (wh: number): number => Math.round(wh) / 1000;
export const kwhOrNull = (wh: number | null): number | null => (wh === null ? null : kwh(wh));
/** The sum of what is known; null when nothing is. */
export const plus = (a: number | null, b: number | null): number | null =>
  a === null ? b : b === null ? a : a + b;

/** A range of the answer, and what the store has of it. */
export interface Slot extends TimeRange {
  bucket: Bucket | undefined;
}

/** One slot per bucket of the range, whether or not the store has readings in it; its buckets are one meter's, in order. `bounds`: n + 1 numbers for n. */
export function slots(bounds: readonly number[], buckets: readonly Bucket[]): Slot[] {
  let used = 0;
  const found = bounds.slice(1).map((to, index): Slot => {
    const from = bounds[index]!;
    const bucket = buckets[used];
    if (bucket?.from !== from || bucket.to !== to) return { from, to, bucket: undefined };
    used++;
    return { from, to, bucket };
  });
  // A bucket that belongs nowhere, or comes out of order, would vanish from the answer without a word.
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

function energyBucket(
  range: TimeRange,
  sums: Sums,
  times: Pick<EnergyBucket, "start" | "end">,
  now: number,
): EnergyBucket {
  const share = coverage(sums.quartersSeen, range, now);
  const unallocated = sums.importUnallocatedWh > 0 || sums.exportUnallocatedWh > 0;
  return {
    start: times.start,
    end: times.end,
    import_kwh: kwhOrNull(sums.importWh),
    export_kwh: kwhOrNull(sums.exportWh),
    coverage: share,
    import_unallocated_kwh: kwh(sums.importUnallocatedWh),
    export_unallocated_kwh: kwh(sums.exportUnallocatedWh),
    quality: sums.readings === 0 ? "none" : share < 1 || unallocated ? "partial" : "measured",
    readings: sums.readings,
  };
}

/** `times`: the bounds of the slots as texts, one more than there are slots. */
export const energyBuckets = (list: readonly Slot[], times: readonly string[], now: number): EnergyBucket[] =>
  list.map((slot, index) =>
    energyBucket(slot, slot.bucket ?? NOTHING, { start: times[index]!, end: times[index + 1]! }, now),
  );

/**
 * What JSON.stringify writes, in two thirds of its time, which its caller waits for after the store's: there are hundreds of
 * buckets, their numbers are finite, and none of their texts needs an escape.
 */
export function energyJson({ buckets, ...rest }: EnergySeries): string {
  let text = `${JSON.stringify(rest).slice(0, -1)},"buckets":[`;
  let comma = "";
  for (const bucket of buckets) {
    text += comma + bucketJson(bucket);
    comma = ",";
  }
  return `${text}]}`;
}

/** What follows a whole number: "" to ".999". */
const THOUSANDTHS: readonly string[] = Array.from({ length: 1_000 }, (_, wh) => String(wh / 1_000).slice(1));

/** A number as JSON has it; one of thousandths, as kWh are, without the runtime's search for the shortest text. */
function kwhJson(value: number | null): string {
  const wh = Math.round((value ?? Number.NaN) * 1_000);
  if (!(wh >= 0 && wh < 2 ** 31 && wh / 1_000 === value)) return String(value);
  const whole = Math.floor(wh / 1_000);
  return whole + (THOUSANDTHS[wh - whole * 1_000] ?? "");
}

const bucketJson = (bucket: EnergyBucket): string =>
  `{"start":"${bucket.start}","end":"${bucket.end}","import_kwh":${kwhJson(bucket.import_kwh)},"export_kwh":${kwhJson(bucket.export_kwh)},` +
  `"coverage":${bucket.coverage},"import_unallocated_kwh":${bucket.import_unallocated_kwh},` +
  `"export_unallocated_kwh":${bucket.export_unallocated_kwh},"quality":"${bucket.quality}","readings":${bucket.readings}}`;
