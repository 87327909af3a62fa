import { METER_ID } from "@smp/schemas";
import type { MeterSummary } from "@smp/store";
import { HttpProblem, quoted } from "../answer/problem.ts";

/** How long the list of meters is believed for the question whether a meter exists. */
const KNOWN_MS = 30_000;

/** Answers whether meters exist without asking the store each time. */
export class MeterDirectory {
  readonly #fetch: () => Promise<MeterSummary[]>;
  readonly #now: () => number;
  #known: ReadonlySet<string> = new Set();
  #fetchedAt = Number.NEGATIVE_INFINITY;
  #fetching: Promise<void> | undefined;
  #queued: Promise<void> | undefined;

  constructor(fetch: () => Promise<MeterSummary[]>, now: () => number) {
    this.#fetch = fetch;
    this.#now = now;
  }

  /** Throws a 404 problem that names the first meter that does not exist. */
  async require(meters: readonly string[]): Promise<void> {
    const malformed = meters.find((meter) => !METER_ID.test(meter));
    if (malformed !== undefined) throw unknownMeter(malformed);
    const missing = (): string | undefined => meters.find((meter) => !this.#known.has(meter));
    const age = Math.abs(this.#now() - this.#fetchedAt);
    // A miss always asks: whoever has a PUBACK must find the meter at once. Misses at the same time share queries.
    if (age >= KNOWN_MS || missing() !== undefined) await this.#refresh();
    const unknown = missing();
    if (unknown !== undefined) throw unknownMeter(unknown);
  }

  /** Believes nothing of before: a meter was deleted. */
  forget(): void {
    this.#fetchedAt = Number.NEGATIVE_INFINITY;
    this.#known = new Set();
  }

  #refresh(): Promise<void> {
    if (this.#fetching) return (this.#queued ??= this.#refreshAfter(this.#fetching));
    this.#fetching = this.#fetchOnce().finally(() => (this.#fetching = undefined));
    return this.#fetching;
  }

  /** A fetch under way may have begun before the reading was stored: those who ask meanwhile share the next one. */
  async #refreshAfter(underWay: Promise<void>): Promise<void> {
    await underWay.catch(() => {});
    this.#queued = undefined;
    await this.#refresh();
  }

  async #fetchOnce(): Promise<void> {
    const list = await this.#fetch();
    this.#known = new Set(list.map((entry) => entry.meter));
    this.#fetchedAt = this.#now();
  }
}

export const unknownMeter = (id: string): HttpProblem =>
  new HttpProblem(
    "unknown-meter",
    `There is no meter ${quoted(id)}. /v1/meters lists those that you may see.`,
  );
