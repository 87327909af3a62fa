import type { CostBucket, MeterPrices } from "@smp/schemas/api";
import { describe, expect, test } from "vitest";
import { labelStep, ticksOf } from "../src/charts/axis.ts";
import { moneyFlows, opposite } from "../src/costs/flows.ts";
import { forecastOf } from "../src/costs/forecast.ts";
import { cheapestWindow, isFlat, pointsOf, type PricePoint } from "../src/costs/prices.ts";

const DAY_MS = 86_400_000;
const START = Date.parse("2026-11-01T00:00:00+01:00");
const END = START + 30 * DAY_MS;

const day = (index: number, total: string | null, coverage = 1): CostBucket => ({
  start: new Date(START + index * DAY_MS).toISOString(),
  end: new Date(START + (index + 1) * DAY_MS).toISOString(),
  import_kwh: 1,
  export_kwh: 0,
  import_cost: total,
  export_credit: "0.00",
  base_fee: "0.00",
  total,
  estimated_kwh: 0,
  unpriced_kwh: 0,
  coverage,
  parts: [],
});

describe("the forecast of a month", () => {
  const days = (count: number, total: (index: number) => string = () => "2.00"): CostBucket[] =>
    Array.from({ length: count }, (_, index) => day(index, total(index)));

  test("comes only with seven whole days", () => {
    expect(forecastOf(days(6), 12, START + 6 * DAY_MS, END)).toBeUndefined();
    expect(forecastOf(days(7), 14, START + 7 * DAY_MS, END)).toMatchObject({ days: 7, expected: 60 });
  });

  test("is sure when every day is the same, and less so the more they vary", () => {
    const same = forecastOf(days(10), 20, START + 10 * DAY_MS, END)!;
    expect([same.low, same.high]).toEqual([60, 60]);
    const wild = forecastOf(
      days(10, (index) => (index % 2 === 0 ? "1.00" : "3.00")),
      20,
      START + 10 * DAY_MS,
      END,
    )!;
    expect(wild.expected).toBeCloseTo(60);
    expect(wild.high - wild.low).toBeGreaterThan(10);
  });

  test("is what so far it cost, and the rest by the mean day; eight of ten outcomes lie in its range", () => {
    const forecast = forecastOf(
      days(10, (index) => (index % 2 === 0 ? "1.00" : "3.00")),
      20,
      START + 10 * DAY_MS,
      END,
    )!;
    // Twenty days of 2.00 each; deviation √(10/9), over √(20 + 20²/10) days, times 1.2816.
    expect(forecast).toMatchObject({ expected: 60, days: 10 });
    expect(forecast.low).toBeCloseTo(49.536, 3);
    expect(forecast.high).toBeCloseTo(70.464, 3);
  });

  test("leaves out days with holes, and the day that is still running", () => {
    const some = [...days(9), day(9, "99.00", 0.2), day(10, "99.00")];
    expect(forecastOf(some, 20, START + 10.5 * DAY_MS, END)).toMatchObject({ days: 9 });
  });

  test("counts the days since the meter fell silent as the mean day, not as free", () => {
    const silent = Array.from({ length: 5 }, (_, index) => day(14 + index, "0.10", 0));
    const so = [...days(14), ...silent];
    expect(forecastOf(so, 28.5, START + 19 * DAY_MS, END)!.expected).toBeCloseTo(60);
    // A roof that earns more than the house costs.
    const earning = [...days(14, () => "-2.00"), ...silent];
    expect(forecastOf(earning, -27.5, START + 19 * DAY_MS, END)!.expected).toBeCloseTo(-60);
    // Half of a sixth one has passed.
    const running = [...so, day(19, "0.05", 0)];
    expect(forecastOf(running, 28.55, START + 19.5 * DAY_MS, END)!.expected).toBeCloseTo(60);
    // A gap that is over has its energy.
    const over = [...days(7), day(7, "2.00", 0), ...days(14).slice(8)];
    expect(forecastOf(over, 28, START + 14 * DAY_MS, END)!.expected).toBeCloseTo(60);
  });

  test("ends with the month", () => expect(forecastOf(days(30), 60, END, END)).toBeUndefined());
});

describe("money at negative prices", () => {
  test("a credit is taken off, and added where feeding in cost money; nothing has no sign", () => {
    expect(["1.204", "-1.204", "0.00", "-0.005"].map(opposite)).toEqual(["-1.204", "1.204", "0.00", "0.005"]);
  });

  test("a bar has what went out above the line and what came in below it, never less than nothing", () => {
    const flows = (cost: string | null, fee: string, credit: string | null): unknown =>
      moneyFlows({ import_cost: cost, base_fee: fee, export_credit: credit });
    expect(flows("2.00", "0.25", "0.50")).toEqual({ out: 2.25, in: 0.5 });
    expect(flows("2.00", "0.25", "-0.50")).toEqual({ out: 2.75, in: 0 });
    expect(flows("-1.00", "0.25", "0.50")).toEqual({ out: 0, in: 1.25 });
    expect(flows(null, "0.25", null)).toEqual({ out: 0.25, in: 0 });
  });
});

describe("the cheapest window", () => {
  const points = (prices: (number | null)[]): PricePoint[] =>
    prices.map((price, index) => ({ startMs: index * 900_000, endMs: (index + 1) * 900_000, price }));

  test("is the cheapest that is not over, the earlier of equal ones", () => {
    expect(cheapestWindow(points([1, 1, 5, 5, 3, 3, 3, 3]), 1_800_000, 2)).toMatchObject({
      startMs: 4 * 900_000,
      mean: 3,
    });
  });

  test("is that of the API's exact prices, across midnight and the end of summer time", () => {
    const start = Date.parse("2026-10-25T00:00:00+02:00");
    const slots = Array.from({ length: 2 * 96 + 4 }, (_, index) => ({
      start: new Date(start + index * 900_000).toISOString(),
      end: new Date(start + (index + 1) * 900_000).toISOString(),
      import_price: (0.2 + 0.1 * Math.sin(index * 0.9) - (index > 94 && index < 105 ? 0.3 : 0)).toFixed(6),
      export_price: null,
      zones: [],
    }));
    const points = pointsOf({ slots } as unknown as MeterPrices);
    const means = slots.slice(0, -7).map((_, at) => {
      const eight = slots.slice(at, at + 8);
      return eight.reduce((sum, slot) => sum + Number(slot.import_price), 0) / 8;
    });
    const least = Math.min(...means);
    const window = cheapestWindow(points, start, 8)!;
    expect(window.mean).toBeCloseTo(least, 9);
    expect(new Date(window.startMs).toISOString()).toBe(slots[means.indexOf(least)]!.start);
    expect(window.endMs - window.startMs).toBe(2 * 3_600_000);
  });

  test("never spans a missing price", () => {
    expect(cheapestWindow(points([2, null, 2, 9, 9]), 0, 2)).toMatchObject({ startMs: 2 * 900_000 });
    expect(cheapestWindow(points([null, 1, null]), 0, 2)).toBeUndefined();
  });

  test("prices below zero are cheaper still", () => {
    expect(cheapestWindow(points([1, -2, -3, 1]), 0, 2)).toMatchObject({ mean: -2.5 });
    expect(isFlat(points([1, null, 1]))).toBe(true);
  });
});

describe("an axis", () => {
  test("has round numbers, zero among them, and holds every value", () => {
    for (const [least, most] of [
      [0, 0.3],
      [-7.2, 31],
      [-4_000, 12],
      [0, 0],
    ] as const) {
      const ticks = ticksOf(least, most);
      expect(ticks.some((tick) => Math.abs(tick) < 1e-9)).toBe(true);
      expect(ticks[0]!).toBeLessThanOrEqual(least);
      expect(ticks.at(-1)!).toBeGreaterThanOrEqual(most);
      expect(ticks.length).toBeLessThanOrEqual(7);
    }
  });

  test("labels leave each other room", () => expect(labelStep(31, 300, 24)).toBe(3));
});
