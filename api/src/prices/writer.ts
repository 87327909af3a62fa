import { randomBytes } from "node:crypto";
import { DAY_MS, grouped, QUARTER_HOUR_MS } from "@smp/schemas";
import type { PriceSlotLength } from "@smp/schemas/api";
import type { Store } from "@smp/store";
import { HttpProblem, quoted } from "../answer/problem.ts";
import {
  dateOf,
  dayOf,
  DELETED_ID,
  kindOf,
  mergedDay,
  quarterOf,
  readYear,
  squashed,
  yearOf,
  type Put,
  type YearDocuments,
} from "./days.ts";
import {
  HEAD_KIND,
  priceHeads,
  priceSummary,
  slotMs,
  unknownPrices,
  type PriceHead,
  type PriceSummary,
} from "./series.ts";

const SERIES_MAX = 200;
/** A writer goes on with a document for so long, … */
const OWN_MS = 1_800_000;
/** … so that one older than this is nobody's any more, and may be taken over by the next writer of its day. */
const ABANDONED_MS = 2 * OWN_MS;

/** Prices to store: texts per kWh by the start of their slot, Unix ms. */
export interface PriceTable {
  currency: string;
  slot: PriceSlotLength;
  prices: ReadonlyMap<number, string>;
  name?: string;
}

/**
 * Writes price series. Its own calls run one after the other; what other writers put at the same time, in this process or
 * another one, stays: nobody writes into another's document, and readers merge them (docs/decisions/015-merged-prices.md).
 */
export class PriceWriter {
  readonly #store: Store;
  readonly #now: () => number;
  readonly #name = randomBytes(6).toString("hex");
  #working: Promise<unknown> = Promise.resolve();

  constructor(store: Store, now: () => number) {
    this.#store = store;
    this.#now = now;
  }

  /** Adds prices to a series, or replaces them; the first call makes it. Durable when it resolves. */
  put(id: string, table: PriceTable): Promise<PriceSummary> {
    return this.#inOrder(async () => {
      await this.#writeHead(id, table);
      // Hours that do not begin with an hour UTC (India) are kept as quarter hours.
      const hours =
        table.slot === "1h" && [...table.prices.keys()].every((start) => start % slotMs("1h") === 0);
      const slot = hours ? "1h" : "15m";
      const prices = new Map<number, string>();
      for (const [start, price] of table.prices)
        for (let ms = start; ms < start + slotMs(table.slot); ms += QUARTER_HOUR_MS) prices.set(ms, price);
      await this.#write(id, { currency: table.currency, slot }, prices);
      await this.#store.settled("documents");
      // Another process may have deleted or made the series meanwhile.
      const head = await this.#writeHead(id, table);
      const summary = await priceSummary(this.#store, head);
      if (!summary)
        throw new HttpProblem("unknown-prices", `The series ${quoted(id)} was deleted meanwhile.`);
      return summary;
    });
  }

  /** Deletes the prices of [from, to), or all; what is left of the series, and how many quarter hours lost their price. */
  remove(
    id: string,
    range?: { from: number; to: number },
  ): Promise<{ quarters: number; left: PriceSummary | null }> {
    return this.#inOrder(async () => {
      const head = (await priceHeads(this.#store)).find((candidate) => candidate.id === id);
      const before = head && (await priceSummary(this.#store, head));
      if (!head || !before) throw unknownPrices(id);
      const quarters = range ? await this.#removeRange(head, range) : await this.#removeAll(head);
      await this.#store.settled("documents");
      const left = (await priceSummary(this.#store, head)) ?? null;
      if (!left) await this.#store.putDocument({ kind: HEAD_KIND, id, value: null, t: this.#now() });
      return { quarters, left };
    });
  }

  #inOrder<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#working.then(async () => {
      // A store may show what it holds a moment later; what was put before must be seen, else it would be overwritten.
      await this.#store.settled("documents");
      return work();
    });
    this.#working = result.catch(() => {});
    return result;
  }

  async #writeHead(id: string, table: PriceTable): Promise<PriceHead> {
    const heads = await priceHeads(this.#store);
    const known = heads.find((head) => head.id === id);
    if (known && known.currency !== table.currency)
      throw new HttpProblem(
        "currency-change",
        `The series ${quoted(id)} is in ${known.currency}, the prices in ${table.currency}: use another series.`,
      );
    if (!known && heads.length >= SERIES_MAX)
      throw new HttpProblem("invalid-body", `There are ${SERIES_MAX} price series already.`);
    const { firstMs, lastMs } = extentOf(table.prices);
    const head: PriceHead = {
      id,
      name: table.name ?? known?.name ?? id,
      currency: table.currency,
      firstYear: Math.min(known?.firstYear ?? Infinity, yearOf(firstMs)),
      lastYear: Math.max(known?.lastYear ?? -Infinity, yearOf(lastMs + slotMs(table.slot) - 1)),
    };
    const same =
      known?.name === head.name && known.firstYear === head.firstYear && known.lastYear === head.lastYear;
    if (!same) await this.#store.putDocument({ kind: HEAD_KIND, id, value: head, t: this.#now() });
    return head;
  }

  /** Writes what is new among these prices by quarter hour; resolves with how many there were. */
  async #write(
    series: string,
    head: { currency: string; slot: PriceSlotLength },
    prices: ReadonlyMap<number, string | null>,
  ): Promise<number> {
    const years = new Map<number, YearDocuments>();
    let written = 0;
    for (const [day, wishes] of grouped(prices, ([ms]) => dayOf(ms))) {
      const year = yearOf(day * DAY_MS);
      const documents = years.get(year) ?? (await readYear(this.#store, series, year));
      years.set(year, documents);
      const now = mergedDay(documents.days.get(day) ?? [], head.currency);
      const news = wishes
        .map(([ms, price]): [number, string | null] => [quarterOf(ms), price])
        .filter(
          ([quarter, price]) =>
            now.prices[quarter] !== price || (price !== null && now.slots[quarter] !== head.slot),
        );
      written += news.length;
      if (news.length > 0)
        await this.#writeDay(series, day, documents, { ...head, prices: Object.fromEntries(news) });
    }
    return written;
  }

  async #writeDay(
    series: string,
    day: number,
    { days, deletedAt }: YearDocuments,
    put: Omit<Put, "t">,
  ): Promise<void> {
    const now = this.#now();
    const documents = days.get(day) ?? [];
    const kind = kindOf(series, yearOf(day * DAY_MS));
    const own = `${dateOf(day)}~${this.#name}-${Math.floor(now / OWN_MS)}`;
    // Later than all that it saw, whatever the clocks of the others say.
    const seen = documents.flatMap(({ puts }) => puts.map(({ t }) => t));
    const t = Math.max(now, deletedAt + 1, ...seen.map((other) => other + 1));
    const abandoned = documents.filter((document) => document.id !== own && document.t < now - ABANDONED_MS);
    const mine = documents.filter((document) => document.id === own);
    const puts = squashed([...[...abandoned, ...mine].flatMap((document) => document.puts), { ...put, t }]);
    await this.#store.putDocument({ kind, id: own, value: { puts }, t: now });
    for (const { id } of abandoned) await this.#store.putDocument({ kind, id, value: null, t: now });
  }

  async #removeRange(
    { id, currency }: PriceHead,
    { from, to }: { from: number; to: number },
  ): Promise<number> {
    const nothing = new Map<number, null>();
    for (let ms = from; ms < to; ms += QUARTER_HOUR_MS) nothing.set(ms, null);
    return this.#write(id, { currency, slot: "15m" }, nothing);
  }

  /** One document a year says it, whatever there is. */
  async #removeAll({ id, currency, firstYear, lastYear }: PriceHead): Promise<number> {
    let quarters = 0;
    for (let year = firstYear; year <= lastYear; year++) {
      const { days, deletedAt } = await readYear(this.#store, id, year);
      const documents = [...days.values()];
      for (const each of documents)
        quarters += mergedDay(each, currency).prices.filter((price) => price !== null).length;
      const seen = documents.flat().flatMap(({ puts }) => puts.map(({ t }) => t));
      const t = seen.reduce((most, other) => Math.max(most, other), Math.max(this.#now(), deletedAt));
      await this.#store.putDocument({ kind: kindOf(id, year), id: DELETED_ID, value: { t }, t: this.#now() });
    }
    return quarters;
  }
}

function extentOf(prices: ReadonlyMap<number, string>): { firstMs: number; lastMs: number } {
  const starts = [...prices.keys()];
  return {
    firstMs: starts.reduce((least, start) => Math.min(least, start), Infinity),
    lastMs: starts.reduce((most, start) => Math.max(most, start), -Infinity),
  };
}
