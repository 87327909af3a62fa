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

export const HISTORY_MS = 60 * 60_000;
const SLOT_MINUTES = [1, 2, 5, 10, 15];

/** Minutes for a meter that speaks every few seconds, quarter hours for one that speaks so seldom. */
export function slotLengthMs(intervalMs: number): number {
  const minutes = intervalMs / 60_000;
  return (SLOT_MINUTES.find((length) => length >= minutes) ?? 15) * 60_000;
}

/** Folds points into the sixty minutes that end now; a slot without a point stays empty, and is never bridged. */
export function slotsOf(points: readonly PowerPoint[], nowMs: number, slotMs = 60_000): Slot[] {
  const end = Math.ceil(nowMs / slotMs) * slotMs;
  const start = end - HISTORY_MS;
  const sums = Array.from({ length: HISTORY_MS / slotMs }, (_, index) => ({
    from: start + index * slotMs,
    sum: 0,
    count: 0,
    minW: Infinity,
    maxW: -Infinity,
  }));
  for (const { t, powerW } of points) {
    const slot = sums[Math.floor((t - start) / slotMs)];
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
