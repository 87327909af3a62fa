import type { EdgeReading } from "../publisher/message.ts";

export interface SelectionOptions {
  /** Register codes that leave the house; absent: all. */
  registers?: readonly string[] | undefined;
  /** At most one reading of each list in each interval of the clock; 0: every one. */
  intervalSeconds: number;
}

/** Meters on one line; more are noise. */
const METERS_MAX = 64;

/**
 * What of a meter's readings leaves the house; `undefined` for a reading that stays. Intervals stand on the clock
 * (900 s: :00, :15, :30, :45) and the first reading in each is sent, so counters meet the quarter hours. Of a meter that
 * sends several lists in turn it is the first of each: counters may stand only in the rarest.
 */
export function createSelection({
  registers,
  intervalSeconds,
}: SelectionOptions): (reading: EdgeReading, nowMs: number) => EdgeReading | undefined {
  const chosen = registers && new Set(registers);
  const sent = new Map<string, { interval: number; codes: Set<string> }>();
  return (reading, nowMs) => {
    const entries = Object.entries(reading.r).filter(([code]) => !chosen || chosen.has(code));
    if (entries.length === 0) return undefined;
    if (intervalSeconds > 0) {
      const interval = Math.floor((reading.t ?? nowMs) / (intervalSeconds * 1_000));
      const meter = reading.m ?? "";
      const known = sent.get(meter);
      const codes = known?.interval === interval ? known.codes : new Set<string>();
      if (entries.every(([code]) => codes.has(code))) return undefined;
      for (const [code] of entries) codes.add(code);
      if (!known && sent.size >= METERS_MAX) sent.clear();
      sent.set(meter, { interval, codes });
    }
    return { ...reading, r: Object.fromEntries(entries) };
  };
}
