import { QUARTER_HOUR_MS } from "@smp/schemas";
import { parseDecimal } from "./decimal.ts";
import type { SeriesPrices } from "./price.ts";

const HOUR_MS = 4 * QUARTER_HOUR_MS;
/** Two more than a stored price has: the mean of four. */
const DECIMALS = 12;

/**
 * A series' prices from a list of texts per quarter hour that begins at `from`, a full hour UTC. Texts are read when they
 * are needed.
 */
export function seriesPrices(from: number, prices: readonly (string | null)[]): SeriesPrices {
  const read = new Map<number, bigint>();
  const at = (ms: number): bigint | undefined => {
    const index = (ms - from) / QUARTER_HOUR_MS;
    const known = read.get(index);
    if (known !== undefined) return known;
    const text = prices[index];
    if (text === undefined || text === null) return undefined;
    const price = parseDecimal(text, DECIMALS);
    read.set(index, price);
    return price;
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
