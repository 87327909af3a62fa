import { DAY_MS, HOUR_MS, type NormalisedReading } from "@smp/schemas";

/** Readings that a caller holds at once. */
const PAGE_READINGS = 5_000;
const SLICE_MS_MAX = 400 * DAY_MS;

/**
 * A long range in pages of bounded size, each a query of its own, so that a slow reader holds neither a connection nor
 * memory. The slice of time that a query looks at grows where readings are sparse and shrinks where they are dense.
 */
export async function* pages(
  query: { from: number; to: number; limit?: number },
  read: (from: number, to: number, limit: number) => Promise<NormalisedReading[]>,
): AsyncGenerator<NormalisedReading[]> {
  let left = query.limit ?? Infinity;
  let sliceMs = 6 * HOUR_MS;
  let from = query.from;
  while (from < query.to && left > 0) {
    const to = Math.min(from + sliceMs, query.to);
    const limit = Math.min(PAGE_READINGS, left);
    const page = await read(from, to, limit);
    const last = page.at(-1);
    if (last) yield page;
    left -= page.length;
    const full = page.length === limit;
    from = full && last ? last.t + 1 : to;
    if (full) sliceMs = Math.max(sliceMs / 2, HOUR_MS);
    else if (page.length < limit / 2) sliceMs = Math.min(sliceMs * 2, SLICE_MS_MAX);
  }
}

/** A place in the order of arrival. */
export interface Arrival {
  received: number;
  t: number;
}

/** Readings in order of arrival, in pages of bounded size; each page begins after the last reading of the one before. */
export async function* arrivals(
  query: { receivedFrom: number; after?: Arrival; limit?: number },
  read: (after: Arrival, limit: number) => Promise<NormalisedReading[]>,
): AsyncGenerator<NormalisedReading[]> {
  let left = query.limit ?? Infinity;
  const start: Arrival = { received: query.receivedFrom, t: -1 };
  let place = query.after && query.after.received >= query.receivedFrom ? query.after : start;
  while (left > 0) {
    const limit = Math.min(PAGE_READINGS, left);
    const page = await read(place, limit);
    const last = page.at(-1);
    if (last) yield page;
    if (!last || page.length < limit) return;
    left -= page.length;
    place = { received: last.received, t: last.t };
  }
}
