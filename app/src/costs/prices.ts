import { QUARTER_HOUR_MS } from "@smp/schemas";
import type { MeterPrices, MeterPriceSlot } from "@smp/schemas/api";

export interface PricePoint {
  startMs: number;
  endMs: number;
  /** Per kWh, in the currency's main unit; only to draw and to compare. */
  price: number | null;
}

export interface Window {
  startMs: number;
  endMs: number;
  /** Mean price per kWh. */
  mean: number;
}

export const pointsOf = ({ slots }: MeterPrices): PricePoint[] =>
  slots.map(({ start, end, import_price: price }) => ({
    startMs: Date.parse(start),
    endMs: Date.parse(end),
    price: price === null ? null : Number(price),
  }));

/** The slot that holds an instant. */
export const slotAt = ({ slots }: MeterPrices, ms: number): MeterPriceSlot | undefined =>
  slots.find(({ start, end }) => Date.parse(start) <= ms && ms < Date.parse(end));

/** The price is the same all the time: there is nothing to choose. */
export function isFlat(points: readonly PricePoint[]): boolean {
  const known = points.flatMap(({ price }) => (price === null ? [] : [price]));
  return known.every((price) => price === known[0]);
}

/** The cheapest stretch of so many quarter hours that is not over; the earliest of equal ones; none across a missing price. */
export function cheapestWindow(
  points: readonly PricePoint[],
  nowMs: number,
  quarters: number,
): Window | undefined {
  const ahead = points.filter(({ endMs }) => endMs > nowMs);
  let best: Window | undefined;
  for (let index = 0; index + quarters <= ahead.length; index++) {
    const part = ahead.slice(index, index + quarters);
    const first = part[0];
    const last = part.at(-1);
    if (!first || !last || last.endMs - first.startMs !== quarters * QUARTER_HOUR_MS) continue;
    if (part.some(({ price }) => price === null)) continue;
    const mean = part.reduce((sum, { price }) => sum + (price ?? 0), 0) / quarters;
    if (!best || mean < best.mean - 1e-9) best = { startMs: first.startMs, endMs: last.endMs, mean };
  }
  return best;
}
