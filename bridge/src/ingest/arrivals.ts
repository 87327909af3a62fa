import { FUTURE_MS_MAX } from "@smp/schemas";
import type { DeletedMeter } from "@smp/store";
import type { Logger } from "pino";

/** Of more the one that was deleted first is forgotten. */
const DELETED_MAX = 100_000;

/**
 * When readings arrive, by a clock that may be set back: their `received` never falls, for who keeps a copy asks for what arrived
 * since the last time. A clock that was further ahead than readings may be was wrong for all: then its present time counts.
 *
 * A deletion tells old readings from new ones by their arrival. What comes of a meter after its deletion arrives after it, however far
 * ahead the clock was by which that was done: else the store would take it for what was deleted, and lose it.
 */
export class Arrivals {
  readonly #logger: Logger;
  readonly #deletedBefore = new Map<string, number>();
  #newest: number;

  /**
   * @param stored what is stored, and when it was received, Unix milliseconds
   * @param deleted deletions before this start
   */
  constructor(
    stored: readonly { meter: string; received: number }[],
    logger: Logger,
    deleted: readonly DeletedMeter[] = [],
  ) {
    this.#logger = logger;
    this.#newest = newestArrival(stored, deleted);
    for (const { meter, before } of deleted) this.deleted(meter, before);
  }

  /** What was received of the meter before the time is deleted. */
  deleted(meter: string, before: number): void {
    const known = this.#deletedBefore.get(meter) ?? 0;
    this.#deletedBefore.delete(meter);
    this.#deletedBefore.set(meter, Math.max(known, before));
    if (this.#deletedBefore.size <= DELETED_MAX) return;
    const [first = ""] = this.#deletedBefore.keys();
    this.#deletedBefore.delete(first);
  }

  /** Readings that have come now, by this computer's clock. */
  take(readings: readonly { meter: string; received: number }[]): void {
    for (const reading of readings)
      reading.received = Math.max(this.#at(reading.received), this.#deletedBefore.get(reading.meter) ?? 0);
  }

  #at(now: number): number {
    const aheadMs = this.#newest - now;
    if (aheadMs > 0 && aheadMs <= FUTURE_MS_MAX) return this.#newest;
    if (aheadMs > 0)
      this.#logger.warn(
        { aheadMs },
        "this computer's clock was set back: who keeps a copy by updated_since fetches from the present time on again",
      );
    this.#newest = now;
    return now;
  }
}

/** When the newest of the readings arrived; those that count as later than a deletion tell nothing of a clock. */
export function newestArrival(
  stored: readonly { meter: string; received: number }[],
  deleted: readonly DeletedMeter[],
): number {
  const times = new Map(deleted.map(({ meter, before }) => [meter, before]));
  return stored.reduce(
    (newest, { meter, received }) => (received === times.get(meter) ? newest : Math.max(newest, received)),
    0,
  );
}
