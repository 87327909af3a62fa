import { DAY_MS, QUARTER_HOUR_MS } from "@smp/schemas";
import type { PriceSlotLength } from "@smp/schemas/api";
import type { Store } from "@smp/store";
import { HttpProblem, quoted } from "../answer/problem.ts";
import { dayOf, mergedDay, quarterOf, readYear, yearOf, type PriceDay } from "./days.ts";

/** Decimals of a stored price: EUR/MWh with seven, per kWh. */
export const SERIES_DECIMALS = 10;
export const HEAD_KIND = "price-series";
export const SERIES_ID: RegExp = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** A series as it is stored; its prices lie within the years, which may be more than there are prices for. */
export interface PriceHead {
  id: string;
  name: string;
  currency: string;
  firstYear: number;
  lastYear: number;
}

/** A series with prices: `firstMs` is the start of its first price, `lastMs` the end of its last one. */
export interface PriceSummary extends PriceHead {
  slot: PriceSlotLength;
  firstMs: number;
  lastMs: number;
}

export type SeriesKey = Pick<PriceHead, "id" | "currency">;

export const slotMs = (slot: PriceSlotLength): number => (slot === "1h" ? 4 : 1) * QUARTER_HOUR_MS;

export const unknownPrices = (id: string): HttpProblem =>
  new HttpProblem("unknown-prices", `There is no price series ${quoted(id)}. /v1/prices lists all.`);

export async function priceHeads(store: Pick<Store, "documents">): Promise<PriceHead[]> {
  return (await store.documents(HEAD_KIND)).map(({ value }) => {
    const { firstMs, lastMs, ...head } = value as PriceHead & { firstMs?: number; lastMs?: number };
    // Heads used to tell the times.
    return firstMs === undefined || lastMs === undefined
      ? head
      : { ...head, firstYear: yearOf(firstMs), lastYear: yearOf(lastMs - 1) };
  });
}

/** The series that have prices, in order of id. */
export async function priceSummaries(store: Store): Promise<PriceSummary[]> {
  const found = await Promise.all((await priceHeads(store)).map((head) => priceSummary(store, head)));
  return found.flatMap((summary) => summary ?? []);
}

/** Where a series' prices begin and end, from the prices themselves; undefined when there are none. */
export async function priceSummary(store: Store, head: PriceHead): Promise<PriceSummary | undefined> {
  const years = Array.from(
    { length: head.lastYear - head.firstYear + 1 },
    (_, index) => head.firstYear + index,
  );
  const first = await firstPriced(store, head, years, (a, b) => a - b);
  const last = first && (await firstPriced(store, head, years.toReversed(), (a, b) => b - a));
  if (!first || !last) return undefined;
  const at = (day: number, quarter: number): number => day * DAY_MS + quarter * QUARTER_HOUR_MS;
  const { slot } = last[1];
  const firstMs = at(
    first[0],
    first[1].prices.findIndex((price) => price !== null),
  );
  const lastMs = at(last[0], last[1].prices.findLastIndex((price) => price !== null) + 1);
  return { ...head, slot, firstMs, lastMs };
}

async function firstPriced(
  store: Store,
  { id, currency }: SeriesKey,
  years: readonly number[],
  order: (a: number, b: number) => number,
): Promise<[number, PriceDay] | undefined> {
  for (const year of years) {
    const { days } = await readYear(store, id, year);
    for (const [day, documents] of [...days].sort(([a], [b]) => order(a, b))) {
      const merged = mergedDay(documents, currency);
      if (merged.prices.some((price) => price !== null)) return [day, merged];
    }
  }
  return undefined;
}

/** The days that touch [from, to), by number since 1970. */
async function readDays(
  store: Store,
  { id, currency }: SeriesKey,
  from: number,
  to: number,
): Promise<Map<number, PriceDay>> {
  const found = new Map<number, PriceDay>();
  const range = { first: dayOf(from), last: dayOf(to - 1) };
  for (let year = yearOf(from); year <= yearOf(to - 1); year++)
    for (const [day, documents] of (await readYear(store, id, year, range)).days)
      found.set(day, mergedDay(documents, currency));
  return found;
}

/** The prices of the quarter hours in [from, to), null where there is none; both must be full quarter hours. */
export async function readQuarterPrices(
  store: Store,
  series: SeriesKey,
  from: number,
  to: number,
): Promise<(string | null)[]> {
  if (from >= to) return [];
  const days = await readDays(store, series, from, to);
  return Array.from({ length: (to - from) / QUARTER_HOUR_MS }, (_, index) => {
    const ms = from + index * QUARTER_HOUR_MS;
    return days.get(dayOf(ms))?.prices[quarterOf(ms)] ?? null;
  });
}

export interface Slot {
  from: number;
  to: number;
  price: string;
}

/** The slots that touch [from, to) and have a price, as long as they were put. */
export async function readSlots(store: Store, series: SeriesKey, from: number, to: number): Promise<Slot[]> {
  const days = await readDays(store, series, from, to);
  return [...days]
    .sort(([a], [b]) => a - b)
    .flatMap(([day, { slot, prices }]) => {
      const step = slotMs(slot) / QUARTER_HOUR_MS;
      return prices.flatMap((price, index) => {
        const start = day * DAY_MS + index * QUARTER_HOUR_MS;
        const end = start + slotMs(slot);
        return price === null || index % step !== 0 || end <= from || start >= to
          ? []
          : [{ from: start, to: end, price }];
      });
    });
}
