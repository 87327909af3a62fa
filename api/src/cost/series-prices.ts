import { QUARTER_HOUR_MS } from "@smp/schemas";
import { parseDecimal } from "./decimal.ts";
import type { SeriesPrices } from "./price.ts";

const HOUR_MS = 4 * QUARTER_HOUR_MS;
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

/**
 * A series' prices from a list of texts per quarter hour that begins at `from`, a full hour UTC. Texts are read when they
 * are needed.
 */
export function seriesPrices(from: number, prices: readonly (string | null)[]): SeriesPrices {
  const read: (bigint | undefined)[] = [];
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
    hourAt(ms) {
      const hour = Math.floor(ms / HOUR_MS) * HOUR_MS;
      let sum = 0n;
      for (let quarter = hour; quarter < hour + HOUR_MS; quarter += QUARTER_HOUR_MS) {
        const price = at(quarter);
        if (price === undefined) return undefined;
        sum += price;
      }
      // Stored prices have ten decimals: the last two here are zeros, so that a quarter of the sum is exact.
      return sum / 4n;
    },
  };
}
