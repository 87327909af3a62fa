import { QUARTER_HOUR_MS, wallClock } from "@smp/schemas";
import { parseDecimal } from "./decimal.ts";
import type { SeriesPrices } from "./price.ts";

/** Two more than a stored price has: the mean of four. */
const DECIMALS = 12;

/**
 * A stored price at 12 decimals. Times 10^10 a price below 1,000 is a whole number of at most 13 digits: a double is nearer to
 * it than to any other one, and reading it takes a quarter of the time; there are 35,000 in a year.
 */
export function priceOf(text: string): bigint {
  const price = Number(text);
  return Math.abs(price) < 1_000 ? BigInt(Math.round(price * 1e10)) * 100n : parseDecimal(text, DECIMALS);
}

/** The starts of the quarter hours of a full hour, of which the clock may cut away some: Lord Howe's moves by half an hour. */
function quartersOfHour(start: number, ms: number, tz: string): number[] {
  const offset = wallClock(ms, tz) - ms;
  return [0, 1, 2, 3]
    .map((index) => start + index * QUARTER_HOUR_MS)
    .filter((quarter) => wallClock(quarter, tz) - quarter === offset);
}

/**
 * A series' prices from a list of texts per quarter hour that begins at `from`, in time for the first hour by the clock of
 * `tz` that is asked for. Texts are read when they are needed.
 */
export function seriesPrices(from: number, prices: readonly (string | null)[], tz: string): SeriesPrices {
  const read: (bigint | undefined)[] = [];
  let hour: { start: number; mean: bigint | undefined } | undefined;
  const at = (ms: number): bigint | undefined => {
    const index = (ms - from) / QUARTER_HOUR_MS;
    const known = read[index];
    if (known !== undefined) return known;
    const text = prices[index];
    if (text === undefined || text === null) return undefined;
    return (read[index] = priceOf(text));
  };
  return {
    at,
    hourAt({ ms, ofDay }) {
      const start = ms - (ofDay % 4) * QUARTER_HOUR_MS;
      if (hour?.start === start) return hour.mean;
      const found = quartersOfHour(start, ms, tz).map(at);
      const known = found.filter((price) => price !== undefined);
      // Stored prices have ten decimals: the last two here are zeros, so that a half or a quarter of the sum is exact.
      const mean =
        known.length < found.length
          ? undefined
          : known.reduce((sum, price) => sum + price, 0n) / BigInt(found.length);
      hour = { start, mean };
      return mean;
    },
  };
}
