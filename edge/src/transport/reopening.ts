import { messageOf, PlatformError } from "@smp/schemas";
import type { Logger } from "pino";
import type { Clock } from "./clock.ts";

export interface ReopeningOptions {
  /** For logs. */
  name: string;
  /** Opens the source, yields its bytes and frees it; ends or throws when the source is lost. */
  open: (signal: AbortSignal) => AsyncIterable<Uint8Array>;
  clock: Clock;
  logger: Logger;
}

const DELAY_MS_MIN = 500;
const DELAY_MS_MAX = 30_000;

/**
 * Keeps a source open: after each loss it is opened again, at first soon, then ever later up to 30 s; the first byte
 * brings the delay back to its start. Ends when `signal` aborts; throws only what no retry can mend.
 */
export async function* reopening(
  options: ReopeningOptions,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  const { name, open, clock, logger } = options;
  let failures = 0;
  while (!signal.aborted) {
    let reason = "closed by the other side";
    try {
      for await (const chunk of open(signal)) {
        if (failures > 0) logger.info({ transport: name }, "the line is back");
        failures = 0;
        yield chunk;
      }
    } catch (error) {
      if (error instanceof PlatformError && !error.retryable) throw error;
      reason = messageOf(error);
    }
    if (signal.aborted) return;
    const delayMs = retryDelayMs(failures++);
    logger.warn(
      { transport: name, reason, delayMs: Math.round(delayMs) },
      "the line is lost; opening it again",
    );
    await clock.sleep(delayMs, signal);
  }
}

/** Doubles from failure to failure; the random half keeps many readers of one gateway apart. */
function retryDelayMs(failures: number): number {
  const full = Math.min(DELAY_MS_MAX, DELAY_MS_MIN * 2 ** Math.min(failures, 16));
  return full * (0.5 + Math.random() / 2);
}
