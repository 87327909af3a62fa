import type { ApiLimits } from "../config.ts";
import { HttpProblem } from "../answer/problem.ts";

type GateLimits = Pick<ApiLimits, "queriesMax" | "queriesWaitingMax" | "queryWaitMs" | "queryMs">;

/**
 * Lets a limited number of queries into the store at once, first come first served. A query that waits or runs too long is
 * answered with 503; one that runs too long keeps its place until the store is done with it, so that the limit holds.
 */
export class StoreGate {
  readonly #limits: GateLimits;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(limits: GateLimits) {
    this.#limits = limits;
  }

  get load(): { running: number; waiting: number } {
    return { running: this.#running, waiting: this.#waiting.length };
  }

  /** `patience` multiplies the times: part of a long answer may wait longer than a short one. */
  async run<T>(query: () => Promise<T>, patience = 1): Promise<T> {
    await this.#enter(patience);
    const result = Promise.resolve().then(query);
    result.then(this.#leave, this.#leave);
    return within(
      this.#limits.queryMs * patience,
      result,
      () =>
        new HttpProblem(
          "busy",
          `The query took longer than ${this.#limits.queryMs} ms: ask for a shorter range.`,
          { retryAfterS: 5 },
        ),
    );
  }

  async #enter(patience: number): Promise<void> {
    if (this.#running < this.#limits.queriesMax) {
      this.#running++;
      return;
    }
    const busy = (): HttpProblem =>
      new HttpProblem("busy", "Too many queries are waiting: try again in 2 s.", { retryAfterS: 2 });
    if (this.#waiting.length >= this.#limits.queriesWaitingMax) throw busy();
    let admit!: () => void;
    const admitted = new Promise<void>((resolve) => (admit = resolve));
    this.#waiting.push(admit);
    await within(this.#limits.queryWaitMs * patience, admitted, () => {
      this.#waiting.splice(this.#waiting.indexOf(admit), 1);
      return busy();
    });
  }

  /** Hands the place to the next one that waits. */
  readonly #leave = (): void => {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#running--;
  };
}

/** The promise's result, or the error of `late` after `ms`; `late` runs only then. */
function within<T>(ms: number, promise: Promise<T>, late: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(late()), ms);
    const settled =
      <Outcome>(settle: (outcome: Outcome) => void) =>
      (outcome: Outcome): void => {
        clearTimeout(timer);
        settle(outcome);
      };
    promise.then(settled(resolve), settled(reject));
  });
}
