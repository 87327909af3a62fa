import { expect, test } from "vitest";
import { FrameCounters } from "../../src/meter/frame-counters.ts";

test("the counter noted before a restart holds for the first meter seen, and for no other on the line", () => {
  const counters = new FrameCounters(100);
  expect([99, 100, 101].map((counter) => counters.isReplay("a", counter))).toEqual([true, true, false]);
  expect(counters.note("a", 103)).toBe(2);
  expect([103, 104].map((counter) => counters.isReplay("a", counter))).toEqual([true, false]);
  expect(counters.isReplay("b", 1)).toBe(false);
  expect(counters.note("b", 1)).toBe(0);
});

test("sixteen meters are remembered: noise fills no memory", () => {
  const counters = new FrameCounters();
  for (let title = 0; title <= 16; title++) counters.note(String(title), 5);
  expect(["0", "1", "16"].map((title) => counters.isReplay(title, 5))).toEqual([false, true, true]);
});
