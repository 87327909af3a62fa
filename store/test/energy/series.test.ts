import { expect, test } from "vitest";
import type { Quarter } from "../../src/energy/energy.ts";
import { foldSeries, type QuarterRange } from "../../src/energy/series.ts";
import type { SeriesQuery } from "../../src/store.ts";
import { Swaps } from "../../src/energy/swaps.ts";
import { at, DAY, MINUTE } from "../trial.ts";

test("more quarter hours than may be in memory at once are read a few meters at a time, each meter once", async () => {
  const from = at("2026-01-01");
  const meters = Array.from({ length: 20 }, (_, index) => `m${String(index).padStart(2, "0")}`);
  const read: QuarterRange[] = [];
  const quarterOf = (meter: string, ms: number): Quarter => {
    const counter = { first: 0, last: 7, gained: 7, firstMs: ms, lastMs: ms + MINUTE };
    const power = { powerSum: 0, powerCount: 0, powerMin: null, powerMax: null };
    return {
      meter,
      from: ms,
      readings: 2,
      firstMs: ms,
      lastMs: ms + MINUTE,
      imported: counter,
      exported: null,
      ...power,
    };
  };
  const query: SeriesQuery = {
    meters: [...meters, ...meters],
    from,
    to: from + 60 * DAY,
    resolution: "range",
    tz: "UTC",
    perMeter: true,
  };
  const answer = async (range: QuarterRange): Promise<Quarter[]> => {
    read.push(range);
    return range.meters.map((meter) => quarterOf(meter, from));
  };
  const buckets = await foldSeries(query, answer, new Swaps());
  expect(buckets.map(({ meter, importWh }) => [meter, importWh])).toEqual(meters.map((meter) => [meter, 7]));
  expect(read.map(({ meters: { length } }) => length)).toEqual([8, 8, 4]);
  expect(await foldSeries({ ...query, perMeter: false }, answer, new Swaps())).toMatchObject([
    { importWh: 140, quarters: 20 * 60 * 96 },
  ]);
});

test("a sum of meters has what each of them has: what one does not count hides nothing of the other", async () => {
  const from = at("2026-01-01");
  const quarterOf = (meter: string, ms: number, wh: number): Quarter => {
    const counter = { first: wh, last: wh, gained: null, firstMs: ms, lastMs: ms };
    return {
      meter,
      from: ms,
      readings: 1,
      firstMs: ms,
      lastMs: ms,
      imported: meter === "roof" ? null : counter,
      exported: meter === "roof" ? counter : null,
      powerSum: 0,
      powerCount: 0,
      powerMin: null,
      powerMax: null,
    };
  };
  const later = from + 120 * MINUTE;
  const quarters = [
    quarterOf("house", from, 0),
    quarterOf("house", later, 100),
    quarterOf("roof", from, 0),
    quarterOf("roof", later, 700),
  ];
  const query: SeriesQuery = {
    meters: ["house", "roof"],
    from,
    to: from + DAY,
    resolution: "day",
    tz: "UTC",
    perMeter: false,
  };
  expect(await foldSeries(query, () => Promise.resolve(quarters), new Swaps())).toMatchObject([
    { importWh: 100, exportWh: 700, importUnallocatedWh: 100, exportUnallocatedWh: 700 },
  ]);
});
