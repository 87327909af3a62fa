import { DAY_MS } from "@smp/schemas";

/** How a meter's clock goes wrong. */
export interface MeterClockOptions {
  /** Constant error; positive is fast. */
  offsetMs?: number;
  /** Error that grows from `sinceMs` on; real ones drift up to 0.5 s a day. */
  driftMsPerDay?: number;
  /** Unix ms from which the drift counts. */
  sinceMs?: number;
  /** Unix ms at which the operator sets the clock right: offset and drift end, the time jumps. */
  setRightAtMs?: number;
}

/** Translates between true time and the meter's own. */
export class MeterClock {
  readonly #offsetMs: number;
  readonly #rate: number;
  readonly #sinceMs: number;
  readonly #setRightAtMs: number;

  constructor(options: MeterClockOptions = {}) {
    this.#offsetMs = options.offsetMs ?? 0;
    this.#rate = (options.driftMsPerDay ?? 0) / DAY_MS;
    this.#sinceMs = options.sinceMs ?? 0;
    this.#setRightAtMs = options.setRightAtMs ?? Number.POSITIVE_INFINITY;
  }

  /** What the meter shows at this instant, Unix ms. */
  shownAt(instantMs: number): number {
    if (instantMs >= this.#setRightAtMs) return instantMs;
    return instantMs + this.#offsetMs + this.#rate * (instantMs - this.#sinceMs);
  }

  /** The next instant, later than `afterMs`, at which the meter shows a multiple of `intervalMs`. */
  nextTick(afterMs: number, intervalMs: number): number {
    if (afterMs >= this.#setRightAtMs) return (Math.floor(afterMs / intervalMs) + 1) * intervalMs;
    const next = (Math.floor(this.shownAt(afterMs) / intervalMs) + 1) * intervalMs;
    const tick = this.#instantOf(next);
    // Rounding up to whole milliseconds may land on the tick just given.
    const instantMs = tick > afterMs ? tick : this.#instantOf(next + intervalMs);
    return instantMs < this.#setRightAtMs
      ? instantMs
      : Math.ceil(this.#setRightAtMs / intervalMs) * intervalMs;
  }

  /** Undoes `shownAt` while the clock is wrong. */
  #instantOf(shownMs: number): number {
    return Math.ceil((shownMs - this.#offsetMs + this.#rate * this.#sinceMs) / (1 + this.#rate));
  }
}
