/** The network comes within a minute or two, or not soon: then the clock is believed as it is. */
const WAIT_MS_MAX = 180_000;
/** As many as meters say in that time. */
const READINGS_MAX = 1_000;

/** Telegrams without a time of their own, which wait until this machine's clock is set. */
export class Untimed<T> {
  readonly #isClockSet: () => boolean;
  readonly #now: () => number;
  readonly #startedMs = performance.now();
  #waiting: { value: T; atMs: number }[] = [];
  #isOver = false;

  constructor(isClockSet: () => boolean, now: () => number) {
    this.#isClockSet = isClockSet;
    this.#now = now;
  }

  /** Whether the clock may be believed now; once it may, it is for good. */
  get isOver(): boolean {
    this.#isOver ||=
      performance.now() - this.#startedMs > WAIT_MS_MAX ||
      this.#waiting.length >= READINGS_MAX ||
      this.#isClockSet();
    return this.#isOver;
  }

  get size(): number {
    return this.#waiting.length;
  }

  add(value: T): void {
    this.#waiting.push({ value, atMs: performance.now() });
  }

  /** What has waited, each with the time at which it came, by the clock as it is now. */
  release(): { value: T; t: number }[] {
    const nowMs = this.#now() - performance.now();
    return this.#waiting.splice(0).map(({ value, atMs }) => ({ value, t: Math.round(nowMs + atMs) }));
  }
}
