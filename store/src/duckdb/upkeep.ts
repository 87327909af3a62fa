import { messageOf, QUARTER_HOUR_MS } from "@smp/schemas";
import type { Database } from "./open.ts";
import { expire, type Expiry } from "./retention.ts";
import { rollUp, type RollUpState } from "./rollup.ts";
import { rawCutMs, rollUpCutMs, trustedNow, type Retention } from "../retention.ts";

/** Quarter hours rolled up in one transaction, for which writers wait: 130 ms with readings every 5 s. 4,000 at once took 340. */
const ROLL_UP_QUARTERS = 1_000;
/** A query rolls up first when changes of its meters wait that are older than a day: else it would read much raw data. */
const DIRTY_READ_QUARTERS = 96;

/** What the store does by itself: it rolls up quarter hours that are over, and lets go of old readings. */
export class Upkeep {
  readonly #state: RollUpState & { database: Database; expiry: Expiry };
  readonly #now: () => number;
  readonly #retention: Retention;
  readonly #atOnce: number;
  readonly #startedMs = performance.now();
  #fault: string | undefined;

  constructor(
    state: RollUpState & { database: Database; expiry: Expiry },
    options: { now: () => number; retention: Retention; rollUpAtOnce?: number },
  ) {
    this.#state = state;
    this.#now = options.now;
    this.#retention = options.retention;
    this.#atOnce = options.rollUpAtOnce ?? ROLL_UP_QUARTERS;
  }

  /** Why the last attempt failed. */
  get fault(): string | undefined {
    return this.#fault;
  }

  async run(): Promise<void> {
    await this.rollUp();
    await this.#expire();
  }

  /** For a query: changes of today are read from the raw readings. */
  async rollUpFor(ids: readonly number[]): Promise<void> {
    const meters = new Set(ids);
    if (this.#state.dirty.before(this.#currentQuarter() - DIRTY_READ_QUARTERS, meters).length > 0)
      await this.rollUp(meters);
  }

  /** Rolls up the quarter hours that are over: of some meters, or of all. What is not over yet may be rolled up too, and again. */
  async rollUp(meters?: ReadonlySet<number>, before: number = this.#currentQuarter()): Promise<void> {
    const { database, dirty } = this.#state;
    const waiting = dirty.before(before, meters);
    await this.#telling(async () => {
      for (let start = 0; start < waiting.length; start += this.#atOnce)
        await database.write(
          async (connection) => {
            const keys = waiting.slice(start, start + this.#atOnce).filter((key) => dirty.has(key));
            if (keys.length > 0) await rollUp(connection, keys, this.#state);
            return keys;
          },
          (keys) => dirty.delete(keys),
        );
    });
  }

  async #expire(): Promise<void> {
    const { database, dirty, expiry, latest } = this.#state;
    const now = trustedNow(this.#now(), {
      newestMs: latest.summaries().reduce((newest, { lastMs }) => Math.max(newest, lastMs), 0),
      upMs: performance.now() - this.#startedMs,
    });
    // Never earlier than before: what is gone stays gone, though readings are to be kept longer now.
    const rawMs = Math.max(expiry.rawMs, rawCutMs(this.#retention, now));
    const rollUpMs = Math.max(expiry.rollUpMs, rollUpCutMs(this.#retention, now));
    if (rawMs === expiry.rawMs && rollUpMs === expiry.rollUpMs) return;
    await this.#telling(async () => {
      // What came late since then is rolled up in the transaction that lets go of it.
      await this.rollUp(undefined, rawMs / QUARTER_HOUR_MS);
      await database.write(
        async (connection) => {
          const keys = dirty.before(rawMs / QUARTER_HOUR_MS);
          if (keys.length > 0) await rollUp(connection, keys, this.#state);
          await expire(connection, { rawMs, rollUpMs });
          return keys;
        },
        (keys) => {
          dirty.delete(keys);
          Object.assign(expiry, { rawMs, rollUpMs });
        },
      );
    });
  }

  async #telling(task: () => Promise<void>): Promise<void> {
    try {
      await task();
      this.#fault = undefined;
    } catch (error) {
      this.#fault = messageOf(error);
      throw error;
    }
  }

  #currentQuarter(): number {
    return Math.floor(this.#now() / QUARTER_HOUR_MS);
  }
}
