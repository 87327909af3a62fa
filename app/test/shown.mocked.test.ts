import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ticksOf, tickDigits } from "../src/charts/axis.ts";
import { stepTo, type Bar } from "../src/charts/bar.ts";
import { parted } from "../src/format/parted.ts";
import { clockHours, isDate, spanOf } from "../src/time/period.ts";

const TZ = "Europe/Vienna";

beforeEach(() => {
  vi.resetModules();
  vi.stubGlobal("document", {
    baseURI: "http://platform.test/",
    documentElement: {},
  });
  vi.stubGlobal("location", { search: "?lang=de" });
  vi.stubGlobal("navigator", { language: "de-AT" });
});
afterEach(() => vi.unstubAllGlobals());

test("a price is shown as the bill has it, a factor with its digits, and nothing costs minus nothing", async () => {
  const { factorText, moneyText, priceText } = await import("../src/format/numbers.ts");
  expect(priceText("0.2899", "EUR")).toBe("28,99\u00a0ct");
  expect(priceText("-0.0144", "CHF")).toBe("−1,44\u00a0CHF/100");
  expect(factorText("1.025")).toBe("1,025");
  expect(factorText("1")).toBe("1,00");
  expect(moneyText("-0.001", "EUR")).toBe("€\u00a00,00");
  expect(moneyText("-1.5", "EUR")).toBe("−€\u00a01,50");
});

test("a power station's numbers are as short as a household's", async () => {
  const { energyText, powerText } = await import("../src/format/numbers.ts");
  expect([9_999, 10_000, 9_999_000, -12_345_678].map(powerText)).toEqual([
    "9\u00a0999\u00a0W",
    "10,0\u00a0kW",
    "9\u00a0999,0\u00a0kW",
    "−12,3\u00a0MW",
  ]);
  expect([999_999, 1_234_567].map(energyText)).toEqual(["999\u00a0999\u00a0kWh", "1\u00a0235\u00a0MWh"]);
});

test("an amount below zero stays one large number, not a large sign and a small amount", () => {
  expect(parted("−€\u00a01,50")).toEqual(["−€\u00a01,50", ""]);
  expect(parted("−1,2\u00a0kWh")).toEqual(["−1,2", "kWh"]);
});

test("a moment of another year is told with its year", async () => {
  const { momentText } = await import("../src/format/times.ts");
  const now = Date.now();
  expect(momentText(now, TZ)).not.toMatch(/\d{4}/);
  expect(momentText(now - 3 * 365.25 * 86_400_000, TZ)).toMatch(/20\d\d/);
});

test("the hours that the clock shows twice end after they begin, and are told apart", async () => {
  const { hoursText } = await import("../src/format/times.ts");
  const hourMs = 3_600_000;
  const from = (time: string, hours: number): string[] =>
    Array.from({ length: hours }, (_, hour) => Date.parse(time) + hour * hourMs).map((ms) =>
      hoursText(ms, ms + hourMs, TZ),
    );
  expect(from("2026-10-25T01:00:00+02:00", 4)).toEqual([
    "01:00–02:00",
    "02:00–03:00 MESZ",
    "02:00–03:00 MEZ",
    "03:00–04:00",
  ]);
  expect(from("2026-03-29T01:00:00+01:00", 2)).toEqual(["01:00–03:00", "03:00–04:00"]);
});

test("the lines of an axis are told apart by their labels", () => {
  for (const most of [0.1, 1, 3, 6.8, 7.4, 25, 61, 74, 400]) {
    const ticks = ticksOf(0, most);
    const shown = ticks.map((tick) => tick.toFixed(tickDigits(ticks)));
    expect(shown.map(Number)).toEqual(ticks.map((tick) => expect.closeTo(tick, 6) as number));
  }
});

describe("hours of the clock", () => {
  const hoursOf = (date: string, hours: number): string[] => {
    const { from } = spanOf("day", date, TZ);
    const days = clockHours(from, from + 49 * 3_600_000, hours, TZ);
    return days.map((ms) =>
      new Date(ms).toLocaleTimeString("de-AT", {
        timeZone: TZ,
        hour: "2-digit",
        minute: "2-digit",
      }),
    );
  };

  test.each(["2026-03-28", "2026-03-29", "2026-10-24", "2026-10-25", "2026-11-27"])(
    "the day after %s begins at midnight, whatever the clock does between",
    (date) => expect(hoursOf(date, 12).slice(0, 4)).toEqual(["00:00", "12:00", "00:00", "12:00"]),
  );
});

test("an address or a year half typed names no day that cannot be drawn", () => {
  expect(
    ["2026-02-29", "2026-02-30", "0002-11-27", "0000-01-01", "9999-12-31", "2026-13-01", ""].filter(isDate),
  ).toEqual([]);
  for (const date of ["2000-01-01", "2024-02-29", "2026-11-27"]) {
    expect(isDate(date)).toBe(true);
    for (const period of ["day", "week", "month", "year"] as const)
      expect(spanOf(period, date, "America/New_York").to).toBeGreaterThan(Date.UTC(1970, 0, 1));
  }
});

test("from a bar one steps to the next one that has a past, and no farther", () => {
  const [past, future] = [{ outside: false }, { outside: true }] as Bar[];
  const select = vi.fn<(index: number) => void>();
  const bars = [past!, past!, future!];
  stepTo(bars, 1, select)?.();
  expect(select).toHaveBeenCalledWith(1);
  expect(stepTo(bars, 2, select)).toBeUndefined();
  expect(stepTo(bars, -1, select)).toBeUndefined();
});
