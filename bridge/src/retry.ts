import { messageOf } from "@smp/schemas";

/** Waits between attempts: doubling from `firstMs` to `maxMs`, each shortened by up to half at random. */
export interface BackOff {
  firstMs: number;
  maxMs: number;
}

export const BACK_OFF: BackOff = { firstMs: 100, maxMs: 5_000 };

/** The wait before attempt `attempt` (from 1). */
export function backOffMs(attempt: number, { firstMs, maxMs }: BackOff = BACK_OFF): number {
  const wait = Math.min(maxMs, firstMs * 2 ** Math.min(attempt - 1, 30));
  return wait * (0.5 + Math.random() / 2);
}

/** What a log line tells of a failed attempt (from 1): the whole error once, then its sentence, for minutes on end. */
export const failedAttempt = (
  error: unknown,
  attempt: number,
): { attempt: number; err?: unknown; why?: string } =>
  attempt === 1 ? { attempt, err: error } : { attempt, why: messageOf(error) };

/** Resolves after the time, or at once when the signal aborts. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
  });
}
