import { QUARTER_HOUR_MS } from "@smp/schemas";
import type { PriceSlotLength } from "@smp/schemas/api";
import type { Store } from "@smp/store";
import { HttpProblem, quoted } from "../problem.ts";

/** Decimals of a stored price: EUR/MWh with seven, per kWh. */
export const SERIES_DECIMALS = 10;
const HEAD_KIND = "price-series";
const DAY_MS = 86_400_000;
const QUARTERS_A_DAY = DAY_MS / QUARTER_HOUR_MS;
const SERIES_MAX = 200;

/** What is known of a series; `firstMs` is the start of its first price, `lastMs` the end of its last one. */
export interface PriceHead {
  id: string;
  name: string;
  currency: string;
  slot: PriceSlotLength;
  firstMs: number;
  lastMs: number;
}

/** Prices to store: texts per kWh by the start of their slot, Unix ms. */
export interface PriceTable {
  currency: string;
  slot: PriceSlotLength;
  prices: ReadonlyMap<number, string>;
  name?: string;
}

/** One day UTC as it is stored: 96 prices, null where there is none. `slot` is the finest that was ever put. */
interface StoredDay {
  slot: PriceSlotLength;
  prices: (string | null)[];
}

export const slotMs = (slot: PriceSlotLength): number => (slot === "1h" ? 4 : 1) * QUARTER_HOUR_MS;

export const unknownPrices = (id: string): HttpProblem =>
  new HttpProblem("unknown-prices", `There is no price series ${quoted(id)}. /v1/prices lists all.`);

export async function priceHeads(store: Store): Promise<PriceHead[]> {
  return (await store.documents(HEAD_KIND)).map(({ value }) => value as PriceHead);
}

// A document per day, so that the daily import writes only that; a kind per year, so that a query reads only that.
const kindOf = (series: string, year: number): string => `prices/${series}/${year}`;
const dayId = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10);
const yearOf = (day: number): number => new Date(day * DAY_MS).getUTCFullYear();

/** The stored days from day `first` to day `last`, both inclusive, by number since 1970. */
async function readDays(
  store: Store,
  series: string,
  first: number,
  last: number,
): Promise<Map<number, StoredDay>> {
  const days = new Map<number, StoredDay>();
  for (let year = yearOf(first); year <= yearOf(last); year++)
    for (const { id, value } of await store.documents(kindOf(series, year))) {
      const day = Date.parse(id) / DAY_MS;
      if (day >= first && day <= last) days.set(day, value as StoredDay);
    }
  return days;
}

/** The prices of the quarter hours in [from, to), null where there is none; both must be full quarter hours. */
export async function readQuarterPrices(
  store: Store,
  series: string,
  from: number,
  to: number,
): Promise<(string | null)[]> {
  if (from >= to) return [];
  const days = await readDays(store, series, Math.floor(from / DAY_MS), Math.floor((to - 1) / DAY_MS));
  return Array.from({ length: (to - from) / QUARTER_HOUR_MS }, (_, index) => {
    const quarter = from / QUARTER_HOUR_MS + index;
    return days.get(Math.floor(quarter / QUARTERS_A_DAY))?.prices[quarter % QUARTERS_A_DAY] ?? null;
  });
}

export interface Slot {
  from: number;
  to: number;
  price: string;
}

/** The slots that touch [from, to) and have a price, as long as they were put. */
export async function readSlots(store: Store, series: string, from: number, to: number): Promise<Slot[]> {
  const days = await readDays(store, series, Math.floor(from / DAY_MS), Math.floor((to - 1) / DAY_MS));
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

/** Adds prices to a series, or replaces them; the first call makes it. Durable when it resolves. */
export async function putPrices(
  store: Store,
  id: string,
  table: PriceTable,
  now: number,
): Promise<PriceHead> {
  // A store may show what it holds a moment later; what was put before must be seen, else it would be overwritten.
  await store.settled();
  const heads = await priceHeads(store);
  const known = heads.find((head) => head.id === id);
  if (known && known.currency !== table.currency)
    throw new HttpProblem(
      "currency-change",
      `The series ${quoted(id)} is in ${known.currency}, the prices in ${table.currency}: use another series.`,
    );
  if (!known && heads.length >= SERIES_MAX)
    throw new HttpProblem("invalid-body", `There are ${SERIES_MAX} price series already.`);
  const starts = [...table.prices.keys()];
  const first = starts.reduce((least, start) => Math.min(least, start), Infinity);
  const last = starts.reduce((most, start) => Math.max(most, start), -Infinity) + slotMs(table.slot);
  const days = await readDays(store, id, Math.floor(first / DAY_MS), Math.floor((last - 1) / DAY_MS));
  for (const [day, value] of merged(days, table))
    await store.putDocument({ kind: kindOf(id, yearOf(day)), id: dayId(day), value, t: now });
  const head: PriceHead = {
    id,
    name: table.name ?? known?.name ?? id,
    currency: table.currency,
    slot: table.slot,
    firstMs: Math.min(known?.firstMs ?? Infinity, first),
    lastMs: Math.max(known?.lastMs ?? -Infinity, last),
  };
  await store.putDocument({ kind: HEAD_KIND, id, value: head, t: now });
  return head;
}

/** The days that the table touches, with its prices in. */
function merged(days: ReadonlyMap<number, StoredDay>, table: PriceTable): Map<number, StoredDay> {
  const changed = new Map<number, StoredDay>();
  // Hours that do not begin with an hour UTC (India) are kept as quarter hours.
  const hours = table.slot === "1h" && [...table.prices.keys()].every((start) => start % slotMs("1h") === 0);
  const dayOf = (day: number): StoredDay => {
    const known = changed.get(day) ?? structuredClone(days.get(day));
    const found = known ?? { slot: table.slot, prices: Array.from({ length: QUARTERS_A_DAY }, () => null) };
    if (!hours) found.slot = "15m";
    changed.set(day, found);
    return found;
  };
  for (const [start, price] of table.prices)
    for (let ms = start; ms < start + slotMs(table.slot); ms += QUARTER_HOUR_MS)
      dayOf(Math.floor(ms / DAY_MS)).prices[(ms / QUARTER_HOUR_MS) % QUARTERS_A_DAY] = price;
  return changed;
}
