import { QUARTER_HOUR_MS } from "@smp/schemas";
import type { Bucket, Gap } from "@smp/store";

/** A meter's energy per quarter hour of a range, in Wh; null where nothing is known. */
export interface QuarterEnergy {
  from: number;
  importWh: (number | null)[];
  exportWh: (number | null)[];
  /** The part of both that passed in gaps, and is spread. */
  estimatedWh: number[];
  /** Whether there was a reading. */
  seen: boolean[];
}

/**
 * Energy for money: what the store knows per quarter hour, and the energy of gaps spread evenly over the gap's time. The
 * parts of a gap are whole Wh and add up to its energy: each quarter hour gets the difference of what had passed at its
 * ends, cut off to Wh.
 */
export function quarterEnergy(
  range: { from: number; to: number },
  buckets: readonly Bucket[],
  gaps: readonly Gap[],
): QuarterEnergy {
  const count = (range.to - range.from) / QUARTER_HOUR_MS;
  const energy: QuarterEnergy = {
    from: range.from,
    importWh: Array.from({ length: count }, () => null),
    exportWh: Array.from({ length: count }, () => null),
    estimatedWh: Array.from({ length: count }, () => 0),
    seen: Array.from({ length: count }, () => false),
  };
  for (const { from, importWh, exportWh } of buckets) {
    const index = (from - range.from) / QUARTER_HOUR_MS;
    energy.importWh[index] = importWh;
    energy.exportWh[index] = exportWh;
    energy.seen[index] = true;
  }
  for (const gap of gaps) {
    spread(gap, gap.importWh, energy.importWh, energy);
    spread(gap, gap.exportWh, energy.exportWh, energy);
  }
  return energy;
}

function spread(gap: Gap, wh: number | null, into: (number | null)[], energy: QuarterEnergy): void {
  if (wh === null) return;
  const passed = (ms: number): number => {
    const share = (ms - gap.from) / (gap.to - gap.from);
    return Math.floor(wh * Math.min(1, Math.max(0, share)));
  };
  const first = Math.max(0, Math.floor((gap.from - energy.from) / QUARTER_HOUR_MS));
  const end = Math.min(into.length, Math.ceil((gap.to - energy.from) / QUARTER_HOUR_MS));
  for (let index = first; index < end; index++) {
    const start = energy.from + index * QUARTER_HOUR_MS;
    const part = passed(start + QUARTER_HOUR_MS) - passed(start);
    into[index] = (into[index] ?? 0) + part;
    energy.estimatedWh[index] = (energy.estimatedWh[index] ?? 0) + part;
  }
}
