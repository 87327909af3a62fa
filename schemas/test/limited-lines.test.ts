import { expect, onTestFinished, test, vi } from "vitest";
import { limitedLines } from "../src/index.ts";

test("so many lines a second are written, and each says how many were left out since the one before", () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  onTestFinished(() => void vi.useRealTimers());
  const lines = limitedLines(2);
  const written: number[] = [];
  const come = (times: number): void => {
    for (let time = 0; time < times; time++) lines((unlogged) => void written.push(unlogged));
  };
  come(5);
  vi.advanceTimersByTime(1_000);
  come(3);
  vi.advanceTimersByTime(1_000);
  come(1);
  expect(written).toEqual([0, 0, 3, 0, 1]);
});
