import type { EdgeReading } from "./publisher/message.ts";

export interface SelectionOptions {
  /** Register codes that leave the house; absent: all. */
  registers?: readonly string[] | undefined;
  /** At most one reading in each interval of the clock; 0: every one. */
  intervalSeconds: number;
}

/** Meters on one line; more are noise. */
const METERS_MAX = 64;

/**
 * What of a meter's readings leaves the house; `undefined` for a reading that stays. Intervals stand on the clock
 * (900 s: :00, :15, :30, :45) and the first reading in each is sent, so counters meet the quarter hours.
 */
export function createSelection({
  registers,
  intervalSeconds,
}: SelectionOptions): (reading: EdgeReading, nowMs: number) => EdgeReading | undefined {
  const chosen = registers && new Set(registers);
  const sentIntervals = new Map<string, number>();
  return (reading, nowMs) => {
    const entries = Object.entries(reading.r).filter(([code]) => !chosen || chosen.has(code));
    if (entries.length === 0) return undefined;
    if (intervalSeconds > 0) {
      const interval = Math.floor((reading.t ?? nowMs) / (intervalSeconds * 1_000));
      const meter = reading.m ?? "";
      if (sentIntervals.get(meter) === interval) return undefined;
      if (sentIntervals.size >= METERS_MAX) sentIntervals.clear();
      sentIntervals.set(meter, interval);
    }
    return { ...reading, r: Object.fromEntries(entries) };
  };
}
