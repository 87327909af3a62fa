import { expect, test } from "vitest";
import { backOffMs } from "../src/retry.ts";

test("waits double up to the longest one, each shortened by up to half", () => {
  const backOff = { firstMs: 100, maxMs: 5_000 };
  for (const [attempt, ms] of [
    [1, 100],
    [2, 200],
    [6, 3_200],
    [7, 5_000],
    [1_000, 5_000],
  ] as const) {
    const waits = Array.from({ length: 50 }, () => backOffMs(attempt, backOff));
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(ms / 2);
    expect(Math.max(...waits)).toBeLessThanOrEqual(ms);
  }
});
