import { DAY_MS, QUARTER_HOUR_MS } from "@smp/schemas";
import type { PriceSlotLength } from "@smp/schemas/api";
import type { RegistryDocument, Store } from "@smp/store";

const QUARTERS_A_DAY = DAY_MS / QUARTER_HOUR_MS;
/** The document of a year that says until when all of it was deleted. */
export const DELETED_ID = "deleted";

/** Prices of one day UTC that came together, by number of the quarter hour; null deletes. A later `t` wins. */
export interface Put {
  t: number;
  /** Absent: the series'. */
  currency?: string;
  slot: PriceSlotLength;
  prices: Readonly<Record<number, string | null>>;
}

/** What one process wrote of one day. */
export interface DayDocument {
  id: string;
  t: number;
  puts: Put[];
}

/** One day UTC as it counts: 96 prices, null where there is none, and in which slots they came. */
export interface PriceDay {
  slot: PriceSlotLength;
  prices: (string | null)[];
  slots: (PriceSlotLength | undefined)[];
}

/** The documents of days of a series' year, by number of the day since 1970. */
export interface YearDocuments {
  days: Map<number, DayDocument[]>;
  /** Puts up to it count no more. */
  deletedAt: number;
}

// A document per day and writer, so that the daily import writes only that; a kind per year, so that a query reads only that.
export const kindOf = (series: string, year: number): string => `prices/${series}/${year}`;
export const dateOf = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10);
export const dayOf = (ms: number): number => Math.floor(ms / DAY_MS);
export const yearOf = (ms: number): number => new Date(ms).getUTCFullYear();
export const quarterOf = (ms: number): number => Math.floor(ms / QUARTER_HOUR_MS) % QUARTERS_A_DAY;

/** A year's documents, or those of its days from `first` to `last`. */
export async function readYear(
  store: Pick<Store, "documents">,
  series: string,
  year: number,
  days?: { first: number; last: number },
): Promise<YearDocuments> {
  const ids = days && [
    { from: dateOf(days.first), to: dateOf(days.last + 1) },
    { from: DELETED_ID, to: `${DELETED_ID}~` },
  ];
  const documents = await store.documents(kindOf(series, year), ids);
  const deleted = documents.find(({ id }) => id === DELETED_ID)?.value as { t: number } | undefined;
  const deletedAt = deleted?.t ?? Number.NEGATIVE_INFINITY;
  const found = new Map<number, DayDocument[]>();
  for (const document of documents) {
    if (document.id === DELETED_ID) continue;
    const day = Date.parse(document.id.slice(0, 10)) / DAY_MS;
    const puts = putsOf(document).filter(({ t }) => t > deletedAt);
    found.set(day, [...(found.get(day) ?? []), { id: document.id, t: document.t, puts }]);
  }
  return { days: found, deletedAt };
}

/** Before there was a document per writer, a day was one list of 96 prices. */
type DayValue = { puts: Put[] } | { slot: PriceSlotLength; prices: (string | null)[] };
function putsOf({ value, t }: RegistryDocument): Put[] {
  const day = value as DayValue;
  return "puts" in day ? day.puts : [{ t, slot: day.slot, prices: Object.fromEntries(day.prices.entries()) }];
}

/** In the order in which they count; of the same instant, by document, so that every reader sees the same. */
const inOrder = (puts: readonly Put[]): Put[] => [...puts].sort((a, b) => a.t - b.t);

/** What a day's documents come to. A currency that is not the series' own lost against it at the first call. */
export function mergedDay(documents: readonly DayDocument[], currency: string): PriceDay {
  const prices: PriceDay["prices"] = Array.from({ length: QUARTERS_A_DAY }, () => null);
  const slots: PriceDay["slots"] = Array.from({ length: QUARTERS_A_DAY });
  const puts = documents
    .flatMap((document) => document.puts)
    .filter((put) => (put.currency ?? currency) === currency);
  for (const put of inOrder(puts))
    for (const [key, price] of Object.entries(put.prices)) {
      prices[Number(key)] = price;
      slots[Number(key)] = price === null ? undefined : put.slot;
    }
  // Told as hours only while every hour is whole: a part of one was put or deleted as quarter hours else.
  const hours = slots.every((slot, index) => slot !== "15m" && slot === slots[index - (index % 4)]);
  return { slot: hours ? "1h" : "15m", prices, slots };
}

/** The same puts without what a later one of them replaces. */
export function squashed(puts: readonly Put[]): Put[] {
  const seen = new Set<string>();
  const kept: Put[] = [];
  for (const put of inOrder(puts).toReversed()) {
    const left = Object.entries(put.prices).filter(([key]) => !seen.has(key));
    for (const [key] of left) seen.add(key);
    if (left.length > 0) kept.unshift({ ...put, prices: Object.fromEntries(left) });
  }
  return kept;
}
