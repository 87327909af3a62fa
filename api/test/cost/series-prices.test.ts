import * as fc from "fast-check";
import { expect, test } from "vitest";
import { formatDecimal, parseDecimal } from "../../src/cost/decimal.ts";
import { priceOf } from "../../src/cost/series-prices.ts";

test("a stored price of any size is read to its last decimal", () => {
  // Up to 999,999 with ten decimals, the largest that may be put.
  const units = fc.oneof(
    fc.bigInt({ min: -(10n ** 13n) - 10n, max: 10n ** 13n + 10n }),
    fc.bigInt({ min: -(10n ** 16n) + 1n, max: 10n ** 16n - 1n }),
  );
  fc.assert(
    fc.property(units, (value) => {
      const text = formatDecimal(value, 10);
      expect(priceOf(text)).toBe(value * 100n);
      expect(priceOf(text)).toBe(parseDecimal(text, 12));
    }),
    { numRuns: 2_000 },
  );
});
