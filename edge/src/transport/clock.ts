import { setTimeout as timeout } from "node:timers/promises";

/** Time as a port, so that tests of pacing and back-off need not wait. */
export interface Clock {
  /** Unix ms. */
  now(): number;
  /** Resolves after `ms`, or at once when `signal` aborts; never rejects. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(ms, signal) {
    if (ms <= 0) return;
    // The only rejection is the abort, and the caller looks at its signal.
    await timeout(ms, undefined, { signal }).catch(() => undefined);
  },
};
