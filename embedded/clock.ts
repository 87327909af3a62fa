import { setTimeout as pause } from "node:timers/promises";
import { FUTURE_MS_MAX, TIME_MIN_MS } from "@smp/schemas";
import type { Logger } from "pino";

const WAIT_MS_MAX = 120_000;
const LOOK_EVERY_MS = 1_000;

export interface ClockWait {
  now?: () => number;
  /** Resolves after so many milliseconds; the next look at the clock follows. */
  sleep?: (ms: number) => Promise<unknown>;
}

/**
 * Waits until this computer's clock has passed the arrivals that are stored, at most two minutes. A Raspberry Pi begins
 * with the time of its last hour of work, or with 1970: until NTP has set it, readings of the present would be refused as
 * those of the future (`time-future`), and be acknowledged. A device that cannot connect yet keeps them.
 * @param newestMs when the newest of what is stored was received, Unix milliseconds
 */
export async function clockPast(newestMs: number, logger: Logger, wait: ClockWait = {}): Promise<void> {
  const { now = Date.now, sleep = pause } = wait;
  const seenMs = Math.max(newestMs, TIME_MIN_MS);
  const isBehind = (): boolean => now() + FUTURE_MS_MAX < seenMs;
  if (!isBehind()) return;
  const clocks = { clock: new Date(now()).toISOString(), seen: new Date(seenMs).toISOString() };
  logger.warn(
    clocks,
    `this computer's clock is behind the readings that it has stored: devices are let in when it is set (NTP), at the latest in ${WAIT_MS_MAX / 60_000} minutes`,
  );
  for (let waitedMs = 0; isBehind() && waitedMs < WAIT_MS_MAX; waitedMs += LOOK_EVERY_MS)
    await sleep(LOOK_EVERY_MS);
  if (isBehind())
    logger.error(
      clocks,
      "the clock is still behind: set it, or readings of the present are refused as those of the future. If it is right, and was ahead once, all is well",
    );
}
