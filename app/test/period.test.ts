import { describe, expect, test } from "vitest";
import { sameMoment, shift, spanOf, yearBefore } from "../src/time/period.ts";

const TZ = "Europe/Vienna";
const at = (iso: string): number => Date.parse(iso);
const iso = (ms: number): string => new Date(ms).toISOString();

describe("a period in the meter's zone", () => {
  test("the days of the clock change have 23 and 25 hours", () => {
    const hours = (date: string): number => {
      const { from, to } = spanOf("day", date, TZ);
      return (to - from) / 3_600_000;
    };
    expect([hours("2026-03-29"), hours("2026-10-25"), hours("2026-11-24")]).toEqual([23, 25, 24]);
  });

  test("a week begins on Monday, a step over the end of the year stays in order", () => {
    const week = spanOf("week", "2026-01-01", TZ);
    expect(week.date).toBe("2025-12-29");
    expect(shift(week, -1).date).toBe("2025-12-22");
    expect(yearBefore(week).date).toBe("2024-12-30");
  });

  test("months and years step by the calendar, also from a leap day", () => {
    expect(shift(spanOf("month", "2026-03-31", TZ), -1).date).toBe("2026-02-01");
    expect(shift(spanOf("year", "2024-02-29", TZ), 1).date).toBe("2025-01-01");
    expect(yearBefore(spanOf("day", "2024-02-29", TZ)).date).toBe("2023-02-28");
  });
});

describe("like for like", () => {
  test("a running month is compared up to the same day and clock of the month before", () => {
    const month = spanOf("month", "2026-11-26", TZ);
    expect(iso(sameMoment(month, shift(month, -1), at("2026-11-26T08:30:00+01:00")))).toBe(
      "2026-10-26T07:30:00.000Z",
    );
    // Before the clock change the same time of the clock is another distance from the month's beginning.
    expect(iso(sameMoment(month, shift(month, -1), at("2026-11-20T08:30:00+01:00")))).toBe(
      "2026-10-20T06:30:00.000Z",
    );
  });

  test("a day that the shorter month does not have is its end", () => {
    const march = spanOf("month", "2026-03-31", TZ);
    expect(iso(sameMoment(march, shift(march, -1), at("2026-03-31T12:00:00+02:00")))).toBe(
      "2026-02-28T23:00:00.000Z",
    );
  });

  test("a period that is over is compared whole", () => {
    const october = spanOf("month", "2026-10-01", TZ);
    const september = shift(october, -1);
    expect(sameMoment(october, september, october.to)).toBe(september.to);
  });

  test("a week meets the weekday of the week before, a year the date of the year before", () => {
    const week = spanOf("week", "2026-11-26", TZ);
    expect(iso(sameMoment(week, shift(week, -1), at("2026-11-26T08:30:00+01:00")))).toBe(
      "2026-11-19T07:30:00.000Z",
    );
    const year = spanOf("year", "2028-02-29", TZ);
    expect(iso(sameMoment(year, yearBefore(year), at("2028-02-29T10:00:00+01:00")))).toBe(
      "2027-02-28T09:00:00.000Z",
    );
  });

  test("where the clock jumps over the moment, it is as far from midnight as the clock would be", () => {
    const day = spanOf("day", "2026-03-30", TZ);
    expect(iso(sameMoment(day, shift(day, -1), at("2026-03-30T02:30:00+02:00")))).toBe(
      "2026-03-29T01:30:00.000Z",
    );
  });
});
