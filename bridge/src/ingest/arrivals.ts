import { FUTURE_MS_MAX } from "@smp/schemas";
import type { Logger } from "pino";

/**
 * When readings arrive, by a clock that may be set back: their `received` never falls, for who keeps a copy asks for what arrived
 * since the last time. A clock that was further ahead than readings may be was wrong for all: then its present time counts.
 */
export class Arrivals {
  readonly #logger: Logger;
  #newest: number;

  /** @param stored when what is stored was received, Unix milliseconds */
  constructor(stored: readonly number[], logger: Logger) {
    this.#logger = logger;
    this.#newest = stored.reduce((newest, received) => Math.max(newest, received), 0);
  }

  /** Nothing arrives before this time any more: what was received before it counts as a deleted meter's. */
  notBefore(time: number): void {
    this.#newest = Math.max(this.#newest, time);
  }

  at(received: number): number {
    const aheadMs = this.#newest - received;
    if (aheadMs > 0 && aheadMs <= FUTURE_MS_MAX) return this.#newest;
    if (aheadMs > 0)
      this.#logger.warn(
        { aheadMs },
        "this computer's clock was set back: who keeps a copy by updated_since fetches from the present time on again",
      );
    this.#newest = received;
    return received;
  }

  /** Readings that this process makes itself arrive now, whatever its clock was set to. */
  take(readings: readonly { received: number }[]): void {
    for (const reading of readings) reading.received = this.at(reading.received);
  }
}
