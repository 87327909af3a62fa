import { bucketBounds } from "@smp/schemas";
import type { Store } from "@smp/store";
import type { Access } from "../access/access.ts";
import type { TimeRange } from "../parameters.ts";
import {
  publicationId,
  publicationKind,
  publishDay,
  PUBLICATION_DELAY_MS,
  type PublishedDay,
} from "./publication.ts";

/** Days that one request may publish; the rest of a long range follows with the next ones. */
const PUBLISH_MAX = 62;
const YEARS_MAX = 8;
const FRESH_MS = 60_000;

interface Year {
  days: Map<string, PublishedDay>;
  fetchedAt: number;
}

/** The published days, which are made when somebody first asks for them and then stay as they are. */
export class PublishedDays {
  readonly #access: Access;
  readonly #tz: string;
  readonly #now: () => number;
  readonly #years = new Map<string, Year>();
  #working: Promise<unknown> = Promise.resolve();

  constructor(options: { access: Access; tz: string; now: () => number }) {
    this.#access = options.access;
    this.#tz = options.tz;
    this.#now = options.now;
  }

  /** The published days of a range, oldest first; a day that is not over for 24 hours is not among them. */
  async of(store: Store, range: TimeRange): Promise<PublishedDay[]> {
    const last = Math.min(range.to, this.#now() - PUBLICATION_DELAY_MS);
    if (range.from >= last) return [];
    const bounds = bucketBounds(range.from, last, "day", this.#tz);
    const days = bounds.slice(0, -1).map((from, index) => ({ from, to: bounds[index + 1]! }));
    const over = days.filter(({ to }) => to + PUBLICATION_DELAY_MS <= this.#now());
    // One after the other: two requests must not publish the same day from different data.
    const result = this.#working.then(() => this.#collect(store, over));
    this.#working = result.catch(() => {});
    return result;
  }

  async #collect(store: Store, days: readonly TimeRange[]): Promise<PublishedDay[]> {
    const [groups, settings] = await Promise.all([this.#access.groups(), this.#access.settings()]);
    const found: PublishedDay[] = [];
    let left = PUBLISH_MAX;
    for (const { from, to } of days.toReversed()) {
      const id = publicationId(from, this.#tz);
      const kind = publicationKind(from, this.#tz);
      const year = await this.#year(store, kind);
      let day = year.days.get(id);
      if (!day && left-- > 0) {
        day = await publishDay(store, { from, to, tz: this.#tz }, groups, settings);
        if (Object.keys(day.groups).length > 0) {
          await store.putDocument({ kind, id, value: day, t: this.#now() });
          year.days.set(id, day);
        }
      }
      if (day) found.unshift(day);
    }
    return found;
  }

  async #year(store: Store, kind: string): Promise<Year> {
    const known = this.#years.get(kind);
    if (known && this.#now() - known.fetchedAt < FRESH_MS) return known;
    const documents = await store.documents(kind);
    const days = new Map(documents.map(({ id, value }) => [id, value as PublishedDay]));
    // What this process published may not be visible yet.
    for (const [id, day] of known?.days ?? []) days.set(id, day);
    const year = { days, fetchedAt: this.#now() };
    this.#years.delete(kind);
    this.#years.set(kind, year);
    const oldest = this.#years.keys().next().value;
    if (this.#years.size > YEARS_MAX && oldest !== undefined) this.#years.delete(oldest);
    return year;
  }
}
