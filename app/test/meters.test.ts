import { expect, test } from "vitest";
import { changeOf } from "../src/meters/change.ts";
import { coverageSince } from "../src/meters/coverage.ts";

const entry = { name: "ma309-1", tz: "Europe/Vienna", visibility: "aggregate" } as const;

test("saving a meter's name sends neither its zone nor its visibility, which need more rights", () => {
  const change = changeOf(entry, { name: " Haus ", zone: "Europe/Vienna", visibility: "aggregate" });
  expect(change).toEqual({ name: "Haus" });
});

test("only what was changed is sent; an empty name goes back to the default", () => {
  expect(changeOf(entry, { name: "ma309-1", zone: "Europe/Vienna", visibility: "aggregate" })).toEqual({});
  expect(changeOf(entry, { name: "  ", zone: "Europe/Berlin", visibility: "open" })).toEqual({
    name: null,
    time_zone: "Europe/Berlin",
    visibility: "open",
  });
});

test("a meter's first minutes are covered, and of a hole in its days the share is told", () => {
  const at = (time: string): number => Date.parse(`${time}Z`);
  const day = (date: number, coverage: number) => ({
    start: `2026-11-${date}T00:00:00Z`,
    end: `2026-11-${date + 1}T00:00:00Z`,
    coverage,
  });
  // One of 65 quarter hours, in the platform's three places.
  const began = at("2026-11-27T16:04");
  expect(coverageSince([day(26, 0), day(27, 0.015)], began, at("2026-11-27T16:06"))).toBe(1);
  // One of 74, at half past six in the evening.
  const evening = [day(26, 0), day(27, 0.013)];
  expect(coverageSince(evening, at("2026-11-27T18:16"), at("2026-11-27T18:19"))).toBe(1);
  const half = coverageSince([day(25, 1), day(26, 0.5)], at("2026-11-25T00:00"), at("2026-11-27T00:00"));
  expect(half).toBeCloseTo(0.75, 3);
  const almost = [day(25, 1), day(26, 0.989)];
  expect(coverageSince(almost, at("2026-11-25T00:00"), at("2026-11-27T00:00"))).toBeLessThan(1);
});
