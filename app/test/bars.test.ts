import { expect, test } from "vitest";
import { moved, type Bar } from "../src/charts/bar.ts";
import { betweenBarsKwh } from "../src/community/between-bars.ts";

const bar = (outside: boolean): Bar => ({
  key: "",
  label: "",
  spoken: "",
  up: null,
  down: null,
  upHatched: 0,
  downHatched: 0,
  ghostUp: null,
  ghostDown: null,
  missing: 0,
  outside,
});

test("arrow keys walk over the days that have come: the first press to the left is the newest of them", () => {
  // A running month of a new meter: a day before it, three with it, two to come.
  const bars = [true, false, false, false, true, true].map(bar);
  const keys = (key: string, ...from: (number | null)[]): (number | undefined)[] =>
    from.map((selected) => moved(bars, key, selected));
  expect(keys("ArrowLeft", null, 3, 2, 1, 5)).toEqual([3, 2, 1, 1, 3]);
  expect(keys("ArrowRight", null, 1, 3, 0)).toEqual([1, 2, 3, 1]);
  expect([keys("Home", null), keys("End", null), keys("Enter", 2)]).toEqual([[1], [3], [undefined]]);
});

test("what a group's sum has and none of its bars is told, to the last digit; nothing where the bars make up the sum", () => {
  const buckets = [
    { import_kwh: 0.1, export_kwh: null },
    { import_kwh: 0.2, export_kwh: 0.7 },
  ];
  expect(betweenBarsKwh({ total: { import_kwh: 12.601, export_kwh: 0.8 }, buckets })).toBe(12.401);
  expect(betweenBarsKwh({ total: { import_kwh: 0.3, export_kwh: 0.7 }, buckets })).toBe(0);
});
