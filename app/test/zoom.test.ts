import fc from "fast-check";
import { expect, test } from "vitest";
import { held, isClosest, isWhole, pan, zoom, type Range } from "../src/charts/zoom.ts";

const DAY: Range = { min: 0, max: 86_400 };
const shares = fc.double({ min: -1, max: 2, noNaN: true });

test("closer keeps the middle, and farther comes back to the whole", () => {
  const closer = zoom(DAY, DAY, 2);
  expect(closer).toEqual({ min: 21_600, max: 64_800 });
  expect(isWhole(DAY, zoom(DAY, closer, 0.5))).toBe(true);
  expect(isClosest(DAY, zoom(DAY, DAY, 1_000))).toBe(true);
});

test("one finger pans, and stops at the ends", () => {
  const shown = { min: 20_000, max: 40_000 };
  expect(held(DAY, shown, [{ value: 30_000, share: 0.75 }])).toEqual({ min: 15_000, max: 35_000 });
  expect(held(DAY, shown, [{ value: 20_000, share: 5 }]).min).toBe(0);
  expect(pan(DAY, shown, 0.5)).toEqual({ min: 30_000, max: 50_000 });
  expect(pan(DAY, shown, 9).max).toBe(86_400);
});

test("two fingers keep their values under them", () => {
  const fingers = [
    { value: 40_000, share: 0.25 },
    { value: 50_000, share: 0.75 },
  ];
  expect(held(DAY, DAY, fingers)).toEqual({ min: 35_000, max: 55_000 });
});

test("no gesture leaves the chart or shows less than a twenty-fourth of it", () => {
  const finger = fc.record({ value: fc.integer({ min: 0, max: 86_400 }), share: shares });
  fc.assert(
    fc.property(fc.array(finger, { maxLength: 2 }), shares, (fingers, share) => {
      for (const { min, max } of [
        held(DAY, zoom(DAY, DAY, 3), fingers),
        pan(DAY, zoom(DAY, DAY, 5), share),
      ]) {
        expect(min).toBeGreaterThanOrEqual(0);
        expect(max).toBeLessThanOrEqual(86_400.001);
        expect(max - min).toBeGreaterThanOrEqual(3_599.999);
      }
    }),
  );
});
