import { bucketBounds, DAY_MS, parseInstant, QUARTER_HOUR_MS, type Resolution } from "@smp/schemas";
import type { Tariff } from "@smp/schemas/api";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { contractTimes } from "../../src/cost/contracts.ts";
import { costs, totalCost } from "../../src/cost/cost.ts";
import { AMOUNT_DECIMALS, type CostSum } from "../../src/cost/cost-sum.ts";
import type { QuarterEnergy } from "../../src/cost/quarter-energy.ts";
import { seriesPrices } from "../../src/cost/series-prices.ts";
import { contract } from "./arbitrary.ts";
import { contractAt, costOf, endPrice, fraction, same, type Fraction, type SeriesAt } from "./oracle.ts";

const METER = "ma309-1";
const seed = Number(process.env["SEED"] ?? 1);
/** Days around changes of the clock, a year's end and a leap day. */
const PLACES: readonly [string, string][] = [
  ["Europe/Vienna", "2026-03-28"],
  ["Europe/Vienna", "2026-10-24"],
  ["Europe/Vienna", "2025-12-30"],
  ["Europe/Vienna", "2028-02-28"],
  ["America/New_York", "2026-03-07"],
  ["Australia/Lord_Howe", "2026-04-04"],
  ["Australia/Lord_Howe", "2026-10-03"],
  ["Asia/Kathmandu", "2026-06-01"],
  ["Asia/Kolkata", "2026-06-01"],
];
const DAYS = 3;

interface Case {
  tz: string;
  range: { from: number; to: number };
  tariffs: Tariff[];
  energy: QuarterEnergy;
  prices: (string | null)[];
}

const dateAfter = (date: string, days: number): string =>
  new Date(Date.parse(date) + days * DAY_MS).toISOString().slice(0, 10);

const someCase: fc.Arbitrary<Case> = fc.constantFrom(...PLACES).chain(([tz, first]) => {
  const range = {
    from: parseInstant(first, tz)!,
    to: parseInstant(dateAfter(first, DAYS), tz)!,
  };
  const count = (range.to - range.from) / QUARTER_HOUR_MS;
  const day = fc.integer({ min: -1, max: DAYS + 1 }).map((days) => dateAfter(first, days));
  const wh = fc.array(fc.option(fc.integer({ min: 0, max: 3_000 }), { freq: 10 }), {
    minLength: count,
    maxLength: count,
  });
  const own = fc
    .tuple(day, fc.integer({ min: 1, max: DAYS }))
    .chain(([change, length]) =>
      fc.tuple(
        contract(
          "a",
          [METER],
          fc.constant({ valid_from: dateAfter(change, -length), valid_to: change }),
          day,
        ),
        contract("b", [METER, "x"], fc.constant({ valid_from: change, valid_to: dateAfter(change, 1) }), day),
      ),
    );
  const general = contract("c", null, fc.constant({ valid_from: dateAfter(first, 1), valid_to: null }), day);
  return fc.record({
    tz: fc.constant(tz),
    range: fc.constant(range),
    tariffs: fc.tuple(own, fc.option(general)).map(([two, third]) => (third ? [...two, third] : two)),
    energy: fc.record({
      from: fc.constant(range.from),
      importWh: wh,
      exportWh: wh,
      estimatedWh: fc.constant(Array.from({ length: count }, () => 0)),
      seen: fc.constant(Array.from({ length: count }, () => true)),
    }),
    prices: fc.array(
      fc.option(
        fc.integer({ min: -900, max: 900 }).map((cents) => `${cents < 0 ? "-" : ""}0.${Math.abs(cents)}`),
        {
          freq: 30,
        },
      ),
      { minLength: count + 8, maxLength: count + 8 },
    ),
  });
});

const hourBefore = (range: Case["range"]): number => Math.floor(range.from / 3_600_000) * 3_600_000;
const run = ({ tz, range, tariffs, energy, prices }: Case, resolution: Resolution): CostSum[] =>
  costs({
    bounds: resolutionBounds(range, resolution, tz),
    tz,
    contracts: contractTimes(tariffs, METER, tz, range),
    energy,
    seriesOf: (id) => seriesPrices(hourBefore(range), id === "day-ahead" ? prices : [], tz),
    now: range.to,
  });
/** Buckets of the range only, so that all resolutions have the same quarter hours. */
const resolutionBounds = (range: Case["range"], resolution: Resolution, tz: string): number[] => [
  range.from,
  ...bucketBounds(range.from, range.to, resolution, tz).filter((ms) => ms > range.from && ms < range.to),
  range.to,
];
const asFraction = (amount: bigint): Fraction => [amount, 10n ** BigInt(AMOUNT_DECIMALS)];
const comparable = (sum: CostSum): object => ({
  wh: sum.wh,
  amount: [sum.amount("import"), sum.amount("export")],
  baseFee: sum.baseFee,
  total: sum.total,
  unpricedWh: sum.unpricedWh,
  parts: sum.parts
    .map(({ name, zone, direction, wh, amount }) => `${direction} ${name} ${zone} ${wh} ${amount}`)
    .sort(),
});

describe("any contracts, any energy, any prices, at changes of the clock", () => {
  test("the sums of every resolution are equal, to the last digit and part", () => {
    fc.assert(
      fc.property(someCase, (one) => {
        const expected = comparable(totalCost(run(one, "year")));
        for (const resolution of ["15m", "1h", "day", "week", "month"] as const)
          expect(comparable(totalCost(run(one, resolution))), resolution).toEqual(expected);
      }),
      { seed, numRuns: 60 },
    );
  });

  test("every quarter hour is what the plain oracle says", () => {
    fc.assert(
      fc.property(someCase, (one) => {
        const { tz, range, tariffs, energy, prices } = one;
        const series: SeriesAt = (id, ms) =>
          id === "day-ahead" ? (prices[(ms - hourBefore(range)) / QUARTER_HOUR_MS] ?? undefined) : undefined;
        run(one, "15m").forEach((sum, index) => {
          const ms = range.from + index * QUARTER_HOUR_MS;
          const tariff = contractAt(tariffs, METER, ms, tz);
          let unpriced = 0;
          for (const direction of ["import", "export"] as const) {
            const wh = (direction === "import" ? energy.importWh : energy.exportWh)[index] ?? null;
            const price = tariff && endPrice(tariff, direction, ms, tz, series);
            const amount = sum.amount(direction);
            expect(sum.wh[direction]).toBe(wh);
            if (wh === null || price === undefined) expect(amount).toBeUndefined();
            else expect(same(asFraction(amount!), costOf(price, wh)), `${direction} ${index}`).toBe(true);
            if (price === undefined) unpriced += wh ?? 0;
          }
          expect(sum.unpricedWh).toBe(unpriced);
        });
      }),
      { seed, numRuns: 60 },
    );
  });

  test("the parts of a bucket add up to its sums", () => {
    fc.assert(
      fc.property(someCase, (one) => {
        for (const sum of run(one, "day")) {
          const of = (direction: string): bigint =>
            sum.parts
              .filter((part) => part.direction === direction)
              .reduce((all, { amount }) => all + amount, 0n);
          expect(of("import")).toBe(sum.amount("import") ?? 0n);
          expect(of("export")).toBe(sum.amount("export") ?? 0n);
          expect(of("base")).toBe(sum.baseFee ?? 0n);
          if (sum.total !== undefined) expect(sum.total).toBe(of("import") + of("base") - of("export"));
        }
      }),
      { seed, numRuns: 60 },
    );
  });
});

describe("base fees", () => {
  const monthly = (amount: string, per: "day" | "month" | "year"): Tariff => ({
    id: "a",
    name: "a",
    meters: null,
    valid_from: "2024-01-01",
    valid_to: null,
    currency: "EUR",
    vat_percent: "20",
    base_fees: [{ name: "Grundpreis", amount, per }],
    import: [],
    export: [],
  });
  const accrued = (
    tariff: Tariff,
    tz: string,
    bounds: readonly number[],
    now: number = bounds.at(-1)!,
  ): CostSum[] => {
    const range = { from: bounds[0]!, to: bounds.at(-1)! };
    const nothing: QuarterEnergy = {
      from: range.from,
      importWh: [],
      exportWh: [],
      estimatedWh: [],
      seen: [],
    };
    const contracts = contractTimes([tariff], METER, tz, range);
    return costs({ bounds, tz, contracts, energy: nothing, seriesOf: () => seriesPrices(0, [], tz), now });
  };

  test("a whole month, year or day is exactly the fee, and its parts add up to it, in every month of every length", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("day" as const, "month" as const, "year" as const),
        fc.constantFrom("Europe/Vienna", "Australia/Lord_Howe", "America/New_York"),
        fc.integer({ min: Date.UTC(2024, 0, 2), max: Date.UTC(2029, 0, 1) }),
        fc.constantFrom("15m" as const, "1h" as const, "day" as const, "week" as const),
        fc.integer({ min: -1_000_000_000, max: 1_000_000_000 }),
        (per, tz, ms, resolution, micro) => {
          const size = String(Math.abs(micro)).padStart(7, "0");
          const amount = `${micro < 0 ? "-" : ""}${size.slice(0, -6)}.${size.slice(-6)}`;
          const [from, to] = bucketBounds(ms, ms + 1, per, tz) as [number, number];
          const fine = per === "year" && resolution === "15m" ? "1h" : resolution;
          const bounds = resolutionBounds({ from, to }, fine, tz);
          const total = totalCost(accrued(monthly(amount, per), tz, bounds)).baseFee!;
          const [numerator, divisor] = fraction(amount);
          expect(same(asFraction(total), [numerator * 12n, divisor * 10n])).toBe(true);
        },
      ),
      { seed, numRuns: 150 },
    );
  });

  test.each([
    ["day", "month", 31n],
    ["day", "year", 365n],
    ["month", "year", 12n],
  ] as const)("of a %s are whole ones in a longer stretch: a %s has %i", (per, stretch, count) => {
    const ms = parseInstant("2026-03-29", "Europe/Vienna")!;
    const bounds = bucketBounds(ms, ms + 1, stretch, "Europe/Vienna");
    const [numerator, divisor] = fraction("-12.345678");
    const [sum] = accrued(monthly("-12.345678", per), "Europe/Vienna", bounds);
    expect(same(asFraction(sum!.baseFee!), [numerator * 12n * count, divisor * 10n])).toBe(true);
  });

  test("a part of a month is its share of the time, to ten decimals", () => {
    // March 2026 in Vienna has 2,972 quarter hours, the night with 23 hours included.
    const from = parseInstant("2026-03-01", "Europe/Vienna")!;
    const bounds = [
      from,
      parseInstant("2026-03-29", "Europe/Vienna")!,
      parseInstant("2026-03-30", "Europe/Vienna")!,
    ];
    const [, day] = accrued(monthly("3.50", "month"), "Europe/Vienna", bounds);
    // 4.20 × 92 ÷ 2972 = 0.13001345…
    expect(day!.baseFee! / 10n ** BigInt(AMOUNT_DECIMALS - 8)).toBe(13_001_345n);
  });

  test("accrue up to now, the quarter hour that has begun included, and nothing before the contract", () => {
    const from = parseInstant("2026-03-29", "Europe/Vienna")!;
    const bounds = bucketBounds(from, from + 23 * 3_600_000, "15m", "Europe/Vienna");
    const sums = accrued(monthly("3.50", "month"), "Europe/Vienna", bounds, from + 20 * 60_000);
    expect(sums.map(({ baseFee }) => baseFee !== undefined)).toEqual(
      bounds.slice(1).map((_, index) => index < 2),
    );
    const late = accrued({ ...monthly("3.50", "month"), valid_from: "2026-04-01" }, "Europe/Vienna", bounds);
    expect(totalCost(late).total).toBeUndefined();
  });
});
