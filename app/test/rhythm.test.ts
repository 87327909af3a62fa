import type { EnergyBucket, GapList } from "@smp/schemas/api";
import { expect, test } from "vitest";
import { byRhythm, realGaps, rhythmOf, totalByRhythm } from "../src/rhythm/rhythm.ts";

const HOUR_MS = 3_600_000;
const AT = Date.parse("2026-03-02T00:00:00Z");
const time = (hours: number): string => new Date(AT + hours * HOUR_MS).toISOString();

/** What the platform tells of readings at these hours: a gap between each two, with a kWh an hour in it. */
const gapsOf = (...hours: number[]): GapList["gaps"] =>
  hours.slice(1).map((end, index) => ({
    start: time(hours[index] ?? 0),
    end: time(end),
    reason: "no-readings" as const,
    import_unallocated_kwh: end - (hours[index] ?? 0),
    export_unallocated_kwh: 0,
  }));
const bucket = (from: number, to: number, readings: number, importKwh: number | null): EnergyBucket => ({
  start: time(from),
  end: time(to),
  import_kwh: importKwh,
  export_kwh: null,
  coverage: readings / ((to - from) * 4),
  import_unallocated_kwh: importKwh ?? 0,
  export_unallocated_kwh: 0,
  quality: "partial",
  readings,
});

test("gaps of one length that meet in single readings are a meter's rhythm; an outage now and then, or every night, is none", () => {
  expect(rhythmOf(gapsOf(0, 1, 2, 3, 4))).toBe(HOUR_MS);
  expect(rhythmOf(gapsOf(0, 1, 2, 3, 5, 6, 7))).toBe(HOUR_MS);
  expect(rhythmOf(gapsOf(0, 1, 2))).toBeUndefined();
  expect(rhythmOf(gapsOf(0, 1, 3, 3.5, 8, 9, 12))).toBeUndefined();
  const nights = [0, 24, 48, 72].flatMap((start) => gapsOf(start, start + 8));
  expect(rhythmOf(nights)).toBeUndefined();
  const lost = gapsOf(0, 1, 2, 3, 4).map((gap) => ({ ...gap, reason: "lost" as const }));
  expect(rhythmOf(lost)).toBeUndefined();
});

test("a meter that sends every hour has nothing missing, and no energy of unknown time", () => {
  const hours = [0, 1, 2, 3, 4];
  const series = {
    total: bucket(0, 4, 4, 4),
    buckets: hours.slice(0, 4).map((hour) => bucket(hour, hour + 1, 1, 1)),
  };
  const shown = byRhythm(series, gapsOf(...hours), HOUR_MS, AT + 4 * HOUR_MS);
  for (const { coverage, import_unallocated_kwh: unsure } of [shown.total, ...shown.buckets])
    expect({ coverage, unsure }).toEqual({ coverage: 1, unsure: 0 });
});

test("a reading that it leaves out is missing, and so is the time of what passed meanwhile", () => {
  const gaps = gapsOf(0, 1, 3, 4);
  const series = {
    total: bucket(0, 4, 3, 4),
    buckets: [bucket(0, 1, 1, 1), bucket(1, 2, 1, null), bucket(2, 3, 0, null), bucket(3, 4, 1, 1)],
  };
  expect(realGaps(gaps, HOUR_MS)).toEqual([gaps[1]]);
  const { total, buckets } = byRhythm(series, gaps, HOUR_MS, AT + 4 * HOUR_MS);
  expect(total).toMatchObject({ coverage: 0.75, import_unallocated_kwh: 2 });
  expect(buckets.map(({ import_kwh, coverage }) => [import_kwh, coverage])).toEqual([
    [1, 1],
    [null, 0.25],
    [null, 0],
    [1, 1],
  ]);
});

test("what passed across the bounds of two bars is in the first of them, unsure; the bars together are the total", () => {
  const series = {
    total: bucket(0, 4, 4, 3),
    buckets: [0, 1, 2, 3].map((hour) => bucket(hour, hour + 1, 1, null)),
  };
  const gaps = gapsOf(-0.5, 0.5, 1.5, 2.5, 3.5, 4.5);
  const { total, buckets } = byRhythm(series, gaps, HOUR_MS, AT + 4 * HOUR_MS);
  expect(total).toMatchObject({ import_kwh: 3, coverage: 1, import_unallocated_kwh: 3 });
  expect(buckets.map(({ import_kwh: kwh, import_unallocated_kwh: unsure }) => [kwh, unsure])).toEqual([
    [1, 1],
    [1, 1],
    [1, 1],
    [null, 0],
  ]);
});

test("a day's energy is in none of its hours", () => {
  const series = {
    total: bucket(0, 24, 1, 24),
    buckets: Array.from({ length: 24 }, (_, hour) => bucket(hour, hour + 1, hour === 0 ? 1 : 0, null)),
  };
  const { buckets } = byRhythm(series, gapsOf(0, 24), 24 * HOUR_MS, AT + 24 * HOUR_MS);
  expect(buckets.every(({ import_kwh: kwh }) => kwh === null)).toBe(true);
});

test("a day's total holds for sure what passed in it, though a bar for each hour could not tell in which", () => {
  const gaps = gapsOf(0.3, 1.3, 2.3, 3.3, 4.3);
  const total = bucket(0, 24, 5, 4);
  const hours = Array.from({ length: 24 }, (_, hour) => bucket(hour, hour + 1, hour < 5 ? 1 : 0, null));
  const now = AT + 5 * HOUR_MS;
  expect(byRhythm({ total, buckets: hours }, gaps, HOUR_MS, now).total.import_unallocated_kwh).toBe(4);
  expect(totalByRhythm(total, gaps, HOUR_MS, now)).toMatchObject({
    import_kwh: 4,
    import_unallocated_kwh: 0,
    coverage: 1,
  });
});
