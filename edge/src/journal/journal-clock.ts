/**
 * Milliseconds for which the journal has been in operation, over all restarts: what the age of a reading is measured
 * with. The wall clock will not do. A Raspberry Pi starts with the time of its last shutdown and then steps by hours or
 * years, and a step must never delete readings.
 */
export interface JournalClock {
  nowMs(): number;
}

export function journalClock(baseMs: number, monotonicMs: () => number): JournalClock {
  const startMs = monotonicMs();
  return { nowMs: () => Math.floor(baseMs + Math.max(0, monotonicMs() - startMs)) };
}
