import { describe, expect, test } from "vitest";
import { freshnessOf, intervalOf } from "../src/state/freshness.ts";
import { runsOf, slotsOf } from "../src/now/hour.ts";
import de from "../src/i18n/de.json" with { type: "json" };
import en from "../src/i18n/en.json" with { type: "json" };
import { scaleOf } from "../src/charts/scale.ts";
import { frameOf } from "../src/community/frame.ts";
import { parted } from "../src/format/parted.ts";

const MINUTE_MS = 60_000;
const NOW = Date.UTC(2026, 5, 1, 12, 0, 0);

describe("freshness", () => {
  test("a meter that sends every 5 s is live up to 15 s, then stale, then offline after five minutes", () => {
    expect(freshnessOf(14_000, 5_000)).toBe("live");
    expect(freshnessOf(16_000, 5_000)).toBe("stale");
    expect(freshnessOf(5 * MINUTE_MS + 1, 5_000)).toBe("offline");
  });

  test("a meter that sends every quarter hour is not called stale in between", () => {
    const interval = intervalOf([0, 15 * MINUTE_MS, 30 * MINUTE_MS, 45 * MINUTE_MS]);
    expect(interval).toBe(15 * MINUTE_MS);
    expect(freshnessOf(20 * MINUTE_MS, interval)).toBe("live");
  });

  test("one gap does not change the rhythm", () => {
    expect(intervalOf([0, 5_000, 10_000, 900_000, 905_000, 910_000])).toBe(5_000);
  });
});

describe("the last hour", () => {
  test("a minute without a point stays empty, and the curve breaks there", () => {
    const points = [58, 57, 55, 54].map((minutesAgo) => ({
      t: NOW - minutesAgo * MINUTE_MS + 1,
      powerW: 100 + minutesAgo,
    }));
    const slots = slotsOf(points, NOW);
    expect(slots).toHaveLength(60);
    expect(slots.filter((slot) => slot.averageW !== null)).toHaveLength(4);
    expect(runsOf(slots).map((run) => run.length)).toEqual([2, 2]);
  });

  test("mean, least and most of a minute are those of its points; older points fall out", () => {
    const points = [
      { t: NOW - 2 * 60 * MINUTE_MS, powerW: 9_999 },
      { t: NOW - 30_000, powerW: -200 },
      { t: NOW - 20_000, powerW: 400 },
    ];
    const seen = slotsOf(points, NOW).filter((slot) => slot.averageW !== null);
    expect(seen).toMatchObject([{ averageW: 100, minW: -200, maxW: 400 }]);
  });
});

test("the gauge's scale holds what was seen, starts at zero without export, and never collapses", () => {
  expect(scaleOf([413, 950])).toEqual({ min: 0, max: 1_000 });
  expect(scaleOf([-1_200, 3_100])).toEqual({ min: -2_000, max: 5_000 });
  expect(scaleOf([])).toEqual({ min: 0, max: 1_000 });
});

test("both languages have the same texts with the same placeholders", () => {
  expect(Object.keys(de).toSorted()).toEqual(Object.keys(en).toSorted());
  const placeholders = (text: string): string[] => [...text.matchAll(/\{\w+\}/g)].map(String).toSorted();
  for (const key of Object.keys(de) as (keyof typeof de)[])
    expect(placeholders(en[key]), key).toEqual(placeholders(de[key]));
});

test("a number with thousands in German keeps its digits together, and its unit apart", () => {
  const shown = `${new Intl.NumberFormat("de-AT").format(1079)}\u00a0W`;
  expect(parted(shown)).toEqual([shown.slice(0, -2), "W"]);
  expect(parted("–")).toEqual(["–", ""]);
});

test("the HTML for another site holds a group's name as a text, whatever it is", () => {
  const frame = frameOf("https://a.at/community?id=g&embed=1", `Hof "Sonne"<script>`);
  expect(frame).toContain('src="https://a.at/community?id=g&amp;embed=1"');
  expect(frame).toContain('title="Hof &quot;Sonne&quot;&lt;script>"');
});
