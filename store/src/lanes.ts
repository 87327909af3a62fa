import { PlatformError } from "@smp/schemas";

/** Tasks that may wait before callers are turned away. */
const WAITING_MAX = 1_000;

/**
 * At most `width` tasks at once, each on its own lane (0 to width - 1); the others wait in order.
 *
 * @example const writer = new Lanes("write", 1); await writer.run(() => commit());
 */
export class Lanes {
  readonly #name: string;
  readonly #free: number[];
  readonly #width: number;
  readonly #waiting: ((lane: number) => void)[] = [];
  #idle: (() => void)[] = [];

  constructor(name: string, width: number) {
    this.#name = name;
    this.#width = width;
    this.#free = Array.from({ length: width }, (_, lane) => lane);
  }

  async run<T>(task: (lane: number) => Promise<T>): Promise<T> {
    const lane = this.#free.pop() ?? (await this.#wait());
    try {
      return await task(lane);
    } finally {
      this.#release(lane);
    }
  }

  /** Resolves when nothing runs and nothing waits. */
  async idle(): Promise<void> {
    if (this.#free.length === this.#width) return;
    await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  async #wait(): Promise<number> {
    if (this.#waiting.length >= WAITING_MAX)
      throw new PlatformError(
        "store-busy",
        `the store has ${WAITING_MAX} tasks waiting to ${this.#name}: try again later`,
        { retryable: true },
      );
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #release(lane: number): void {
    const next = this.#waiting.shift();
    if (next) return next(lane);
    this.#free.push(lane);
    if (this.#free.length < this.#width) return;
    const idle = this.#idle;
    this.#idle = [];
    for (const resolve of idle) resolve();
  }
}
