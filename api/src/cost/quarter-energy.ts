import { QUARTER_HOUR_MS } from "@smp/schemas";
import type { EnergySteps, EnergyStretch } from "@smp/store";

/** A meter's energy per quarter hour of a range, in Wh; null where nothing is known. */
export interface QuarterEnergy {
  from: number;
  importWh: (number | null)[];
  exportWh: (number | null)[];
  /** The part of both that is known in sum only, and is spread. */
  estimatedWh: number[];
  /** Whether there was a reading. */
  seen: boolean[];
}

/**
 * Energy for money: what the store knows per quarter hour, and the energy of stretches (gaps) spread evenly over their time.
 * The parts of a stretch are whole Wh and add up to its energy: each quarter hour gets the difference of what had passed at
 * its ends, cut off to Wh.
 */
export function quarterEnergy(
  range: { from: number; to: number },
  { quarters, stretches }: EnergySteps,
): QuarterEnergy {
  const count = (range.to - range.from) / QUARTER_HOUR_MS;
  const energy: QuarterEnergy = {
    from: range.from,
    importWh: Array<number | null>(count).fill(null),
    exportWh: Array<number | null>(count).fill(null),
    estimatedWh: Array<number>(count).fill(0),
    seen: Array<boolean>(count).fill(false),
  };
  for (const { from, importWh, exportWh } of quarters) {
    const index = (from - range.from) / QUARTER_HOUR_MS;
    energy.importWh[index] = importWh;
    energy.exportWh[index] = exportWh;
    energy.seen[index] = true;
  }
  for (const stretch of stretches) {
    spread(stretch, stretch.importWh, energy.importWh, energy);
    spread(stretch, stretch.exportWh, energy.exportWh, energy);
  }
  return energy;
}

function spread(
  stretch: EnergyStretch,
  wh: number | null,
  into: (number | null)[],
  energy: QuarterEnergy,
): void {
  if (wh === null) return;
  const passed = (ms: number): number => {
    const share = (ms - stretch.from) / (stretch.to - stretch.from);
    return Math.floor(wh * Math.min(1, Math.max(0, share)));
  };
  const first = Math.max(0, Math.floor((stretch.from - energy.from) / QUARTER_HOUR_MS));
  const end = Math.min(into.length, Math.ceil((stretch.to - energy.from) / QUARTER_HOUR_MS));
  for (let index = first; index < end; index++) {
    const start = energy.from + index * QUARTER_HOUR_MS;
    const part = passed(start + QUARTER_HOUR_MS) - passed(start);
    into[index] = (into[index] ?? 0) + part;
    energy.estimatedWh[index] = (energy.estimatedWh[index] ?? 0) + part;
  }
}
