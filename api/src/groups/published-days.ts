import { randomBytes } from "node:crypto";
import { bucketBounds, HOUR_MS } from "@smp/schemas";
import type { RegistryDocument, Store } from "@smp/store";
import type { Access } from "../access/access.ts";
import type { TimeRange } from "../request/parameters.ts";
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
/** Days of two zones begin at most so far from each other. */
const ZONES_MS = 26 * HOUR_MS;
const FRESH_MS = 60_000;
/** How long a day rests before it is told, where another process may publish it too: longer than any write takes. */
export const PUBLICATION_WAIT_MS = 120_000;

interface Year {
  /** What counts of each day, and since when. */
  days: Map<string, { day: PublishedDay; t: number }>;
  fetchedAt: number;
}

interface PublishedDaysOptions {
  access: Access;
  tz: string;
  now: () => number;
  /** 0: no other process publishes from the same store. */
  waitMs: number;
}

/**
 * The published days, which are made when somebody first asks for them and then stay as they are. Of two processes that
 * publish the same day each writes a document of its own; the earlier one counts, and none is told before both can be seen.
 */
export class PublishedDays {
  readonly #options: PublishedDaysOptions;
  readonly #writer = randomBytes(6).toString("hex");
  readonly #years = new Map<string, Year>();
  #working: Promise<unknown> = Promise.resolve();

  constructor(options: PublishedDaysOptions) {
    this.#options = options;
  }

  /** The published days of a range, oldest first; a day that is not over for 24 hours is not among them. */
  async of(store: Store, range: TimeRange): Promise<PublishedDay[]> {
    const { now, tz } = this.#options;
    const last = Math.min(range.to, now() - PUBLICATION_DELAY_MS);
    if (range.from >= last) return [];
    const bounds = bucketBounds(range.from, last, "day", tz);
    const days = bounds.slice(0, -1).map((from, index) => ({ from, to: bounds[index + 1]! }));
    const over = days.filter(({ to }) => to + PUBLICATION_DELAY_MS <= now());
    // One after the other: two requests must not publish the same day from different data.
    const result = this.#working.then(() => this.#collect(store, over));
    this.#working = result.catch(() => {});
    return result;
  }

  async #collect(store: Store, days: readonly TimeRange[]): Promise<PublishedDay[]> {
    const { access, tz, now } = this.#options;
    const [groups, settings] = await Promise.all([access.groups(), access.settings()]);
    const found: PublishedDay[] = [];
    let left = PUBLISH_MAX;
    let newestMs: number | undefined;
    // A store that is behind, or a clock that is ahead, would publish a day for ever that has not come yet.
    const isThere = async (to: number): Promise<boolean> => {
      newestMs ??= (await store.meters()).reduce((newest, { lastMs }) => Math.max(newest, lastMs), 0);
      return newestMs >= to;
    };
    for (const { from, to } of days.toReversed()) {
      const id = publicationId(from, tz);
      const kind = publicationKind(from, tz);
      let year = await this.#year(store, kind);
      if (!year.days.has(id) && left-- > 0 && (await isThere(to))) {
        const own = await this.#unpublished(store, { from, to });
        // It may have been read anew.
        year = this.#years.get(kind) ?? year;
        const day = await publishDay(store, { ...own, tz }, groups, settings);
        if (Object.keys(day.groups).length > 0) {
          const t = now();
          await store.putDocument({ kind, id: `${id}~${this.#writer}`, value: day, t });
          year.days.set(id, { day, t });
        }
      }
      const known = year.days.get(id);
      if (known && this.#mayBeTold(known.t, year.fetchedAt)) found.unshift(known.day);
    }
    return found;
  }

  /**
   * The hours of a day that are in no published one. Where the platform's zone lay further west before, the last day of then reaches
   * into this one: its hours, published again, would count twice, and show by subtraction who has come or left since.
   */
  async #unpublished(store: Store, { from, to }: TimeRange): Promise<TimeRange> {
    const { tz } = this.#options;
    const own = { from, to };
    for (const kind of new Set([from - ZONES_MS, to + ZONES_MS].map((t) => publicationKind(t, tz))))
      for (const { day } of (await this.#year(store, kind)).days.values()) {
        if (day.to <= from || day.from >= to) continue;
        if (day.from <= from) own.from = Math.max(own.from, day.to);
        else own.to = Math.min(own.to, day.from);
      }
    const bounds = bucketBounds(from, to, "1h", tz).filter((bound) => bound >= own.from && bound <= own.to);
    return { from: bounds[0] ?? from, to: bounds.at(-1) ?? from };
  }

  async #year(store: Store, kind: string): Promise<Year> {
    const { now, waitMs } = this.#options;
    const known = this.#years.get(kind);
    if (known && Math.abs(now() - known.fetchedAt) < FRESH_MS && !this.#ripened(known)) return known;
    const fetchedAt = now();
    // What others wrote may be committed and not visible yet.
    if (waitMs > 0) await store.settled();
    const days = earliest(await store.documents(kind));
    for (const [id, day] of known?.days ?? [])
      // What this process published may not be visible yet; what it has told stays.
      if (!days.has(id) || this.#mayBeTold(day.t, known?.fetchedAt ?? 0)) days.set(id, day);
    const year = { days, fetchedAt };
    this.#years.delete(kind);
    this.#years.set(kind, year);
    const oldest = this.#years.keys().next().value;
    if (this.#years.size > YEARS_MAX && oldest !== undefined) this.#years.delete(oldest);
    return year;
  }

  /** Whether a day may be told now that could not be when the year was read: who else published it must be seen before. */
  #ripened({ days, fetchedAt }: Year): boolean {
    const { now } = this.#options;
    return [...days.values()].some(({ t }) => !this.#mayBeTold(t, fetchedAt) && this.#mayBeTold(t, now()));
  }

  #mayBeTold(t: number, at: number): boolean {
    const { waitMs } = this.#options;
    return waitMs === 0 || at - t >= waitMs;
  }
}

/** The earliest document of each day, of the same instant the first by name: the same one for every process. */
function earliest(documents: readonly RegistryDocument[]): Year["days"] {
  const days: Year["days"] = new Map();
  for (const { id, value, t } of documents) {
    const day = id.slice(0, 10);
    if (t < (days.get(day)?.t ?? Infinity)) days.set(day, { day: value as PublishedDay, t });
  }
  return days;
}
