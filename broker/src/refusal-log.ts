import type { Logger } from "pino";
import type { BrokerMetrics } from "./metrics.ts";
import { Refusal } from "./refusal.ts";

export type Refuse = (refusal: Refusal, facts?: Record<string, unknown>) => Refusal;

/**
 * Writes refusals down: each one is counted by its reason; of each reason at most `linesPerSecond` are logged, so that
 * an attacker or a broken device cannot fill the disk.
 */
export function refusalLog(logger: Logger, metrics: BrokerMetrics, linesPerSecond: number): Refuse {
  const windows = new Map<string, { began: number; lines: number }>();
  return (refusal, facts = {}) => {
    const { reason, message } = refusal;
    metrics.refusals.inc({ reason });
    const now = performance.now();
    let window = windows.get(reason);
    if (!window || now - window.began > 1_000) {
      const unlogged = window ? Math.max(0, window.lines - linesPerSecond) : 0;
      if (unlogged > 0) logger.warn({ reason, unlogged }, "further refusals were counted, but not logged");
      window = { began: now, lines: 0 };
      windows.set(reason, window);
    }
    window.lines++;
    if (window.lines <= linesPerSecond) logger.warn({ reason, ...facts }, message);
    return refusal;
  };
}
