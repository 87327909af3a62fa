import { expect, test } from "vitest";
import { yearsOf } from "../src/backup/kept.ts";
import { trustedNow } from "../src/retention.ts";
import { at, DAY, HOUR } from "./trial.ts";

test("a clock far ahead of all readings counts as a day ahead, until it has run for two days", () => {
  const newestMs = at("2026-07-01T06:00:00Z");
  const ahead = newestMs + 90 * DAY;
  expect(trustedNow(newestMs + 2 * HOUR, { newestMs, upMs: 0 })).toBe(newestMs + 2 * HOUR);
  expect(trustedNow(ahead, { newestMs, upMs: 2 * DAY - 1 })).toBe(newestMs + DAY);
  expect(trustedNow(ahead, { newestMs, upMs: 2 * DAY })).toBe(ahead);
});

test("a time in parts of a year leaves nothing out and counts nothing twice, from the day of its first reading on", () => {
  const [first, end] = [at("2020-02-29T12:34:56Z"), at("2024-05-01")];
  const years = yearsOf(first, end);
  expect(years.length).toBe(5);
  expect(years[0]?.from).toBe(at("2020-02-29"));
  for (const [index, { to }] of years.entries()) expect(years[index + 1]?.from ?? end).toBe(to);
  expect(years.at(-1)?.to).toBe(end);
});
