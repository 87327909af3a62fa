/** One slot of the last hour; null when nothing was measured in it. */
export interface Slot {
  from: number;
  averageW: number | null;
  minW: number;
  maxW: number;
}

export interface PowerPoint {
  t: number;
  powerW: number;
}

const SLOTS = 60;
export const HISTORY_MS = 60 * 60_000;
const SLOT_MS = HISTORY_MS / SLOTS;

/** Folds points into the sixty minutes that end now; a minute without a point stays empty, and is never bridged. */
export function slotsOf(points: readonly PowerPoint[], nowMs: number): Slot[] {
  const end = Math.ceil(nowMs / SLOT_MS) * SLOT_MS;
  const start = end - HISTORY_MS;
  const sums = Array.from({ length: SLOTS }, (_, index) => ({
    from: start + index * SLOT_MS,
    sum: 0,
    count: 0,
    minW: Infinity,
    maxW: -Infinity,
  }));
  for (const { t, powerW } of points) {
    const slot = sums[Math.floor((t - start) / SLOT_MS)];
    if (!slot) continue;
    slot.sum += powerW;
    slot.count += 1;
    slot.minW = Math.min(slot.minW, powerW);
    slot.maxW = Math.max(slot.maxW, powerW);
  }
  return sums.map(({ from, sum, count, minW, maxW }) => ({
    from,
    averageW: count === 0 ? null : sum / count,
    minW,
    maxW,
  }));
}

/** Stretches of slots with data, for a line that breaks where data is missing. */
export function runsOf(slots: readonly Slot[]): Slot[][] {
  const runs: Slot[][] = [];
  let open: Slot[] = [];
  for (const slot of slots) {
    if (slot.averageW !== null) open.push(slot);
    else if (open.length > 0) {
      runs.push(open);
      open = [];
    }
  }
  if (open.length > 0) runs.push(open);
  return runs;
}
