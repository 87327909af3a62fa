import * as fc from "fast-check";
import { expect, test } from "vitest";
import { formatDecimal, parseDecimal } from "../../src/cost/decimal.ts";
import { localQuarter } from "../../src/cost/clock.ts";
import { priceOf, seriesPrices } from "../../src/cost/series-prices.ts";

test("a contract by the hour counts the hours of the meter's clock, wherever they begin", () => {
  // India's market and its bills have hours that begin at half past, UTC.
  const tz = "Asia/Kolkata";
  const from = Date.parse("2026-06-01T00:00:00+05:30");
  const hourly = Array.from({ length: 48 }, (_, quarter) => `${Math.floor(quarter / 4)}.5`);
  const prices = seriesPrices(from, hourly, tz);
  for (const index of hourly.keys()) {
    const quarter = localQuarter(from + index * 900_000, tz);
    expect(prices.hourAt(quarter)).toBe(prices.at(quarter.ms));
  }
});

test("of an hour that the clock cuts, each part counts by itself", () => {
  // On 5 April 2026 it is 02:00 in Lord Howe, and 01:30 again.
  const tz = "Australia/Lord_Howe";
  const from = Date.parse("2026-04-05T01:00:00+11:00");
  const prices = seriesPrices(from, ["1", "2", "3", "6", "10", "20", "7", "7", "7", "7"], tz);
  const hours = Array.from({ length: 10 }, (_, index) =>
    prices.hourAt(localQuarter(from + index * 900_000, tz)),
  );
  expect(hours.map((mean) => mean && Number(mean) / 1e12)).toEqual([3, 3, 3, 3, 15, 15, 7, 7, 7, 7]);
});

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
