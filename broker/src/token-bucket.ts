/**
 * Lets through `perSecond` on average and `burst` at once. It never refuses: it says how long to wait, and what is
 * booked counts at once, so that whoever books next waits longer. Times are of one clock that never steps, ms.
 */
export class TokenBucket {
  readonly #msPerToken: number;
  readonly #burstMs: number;
  /** When the bucket is full again if nothing more is booked. */
  #fullAtMs = -Infinity;

  constructor(perSecond: number, burst: number) {
    this.#msPerToken = 1_000 / perSecond;
    this.#burstMs = burst * this.#msPerToken;
  }

  /** How long so many tokens would have to wait, ms; 0: not at all. */
  waitMs(tokens: number, nowMs: number): number {
    return Math.max(0, this.#fullAfter(tokens, nowMs) - this.#burstMs - nowMs);
  }

  book(tokens: number, nowMs: number): void {
    this.#fullAtMs = this.#fullAfter(tokens, nowMs);
  }

  isFull(nowMs: number): boolean {
    return this.#fullAtMs <= nowMs;
  }

  #fullAfter(tokens: number, nowMs: number): number {
    return Math.max(this.#fullAtMs, nowMs) + tokens * this.#msPerToken;
  }
}
