import { expect, test } from "vitest";
import { FrameCounters } from "../../src/meter/frame-counters.ts";

test("what is not newer is a replay, a jump is loss, and each meter on the line has its own counter", () => {
  const counters = new FrameCounters();
  expect(counters.note("a", 100)).toBe(0);
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
