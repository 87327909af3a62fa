/** Meters on one line: one is usual, the limit only bounds what noise can leave behind. */
const TITLES_MAX = 16;

/**
 * The newest frame counter of each meter. It rises by one per telegram: a lower one is a replay, a jump is loss.
 * Only telegrams that made sense may be noted: a damaged counter must not make all that follow look like replays.
 */
export class FrameCounters {
  readonly #latest = new Map<string, number>();

  isReplay(systemTitle: string, counter: number): boolean {
    const latest = this.#latest.get(systemTitle);
    return latest !== undefined && counter <= latest;
  }

  /** Notes a counter; returns how many telegrams were missed since the one before. */
  note(systemTitle: string, counter: number): number {
    const latest = this.#latest.get(systemTitle);
    if (!this.#latest.has(systemTitle) && this.#latest.size >= TITLES_MAX) {
      const [oldest] = this.#latest.keys();
      if (oldest !== undefined) this.#latest.delete(oldest);
    }
    this.#latest.set(systemTitle, counter);
    return latest === undefined ? 0 : counter - latest - 1;
  }
}
