import { describe, expect, test } from "vitest";
import { liveDocument, problemOf, type RejectedMessage } from "../src/index.ts";

const rejection = (index?: number): RejectedMessage => ({
  device: "kitchen",
  topic: "sm/v1/kitchen/reading",
  code: "time-past",
  detail: "Too late.",
  received: 1,
  ...(index === undefined ? undefined : { index }),
  payload: "",
});

describe("what a device hears of a rejected message", () => {
  test("is the fault, with its code", () => {
    expect(problemOf([rejection()])).toEqual({
      type: "urn:smp:problem:time-past",
      title: "The time lies too far back",
      code: "time-past",
      detail: "Too late.",
    });
  });

  test("names the readings of a batch, at most a hundred", () => {
    const problem = problemOf(Array.from({ length: 300 }, (_, index) => rejection(index)));
    expect(problem?.detail).toBe(
      "Reading 0 of the batch: Too late. 299 more of the message were rejected, too.",
    );
    expect(problem?.errors).toHaveLength(100);
    expect(problem?.errors?.[99]).toEqual({ pointer: "/99", detail: "Too late." });
  });

  test("is nothing where nothing was rejected", () => {
    expect(problemOf([])).toBeUndefined();
  });
});

test("a live document has friendly names, and net power where import and export are known", () => {
  const document = liveDocument({
    meter: "kitchen",
    device: "kitchen",
    t: 1_780_000_000_000,
    received: 1_780_000_000_500,
    r: { "1-0:1.7.0": 413, "1-0:2.7.0": 13, "x-own": 1 },
    quality: ["server-time"],
  });
  expect(document).toMatchObject({
    meter: "kitchen",
    time: "2026-05-28T20:26:40.000Z",
    t: 1_780_000_000_000,
    power_w: 400,
    quality: ["server-time"],
  });
  expect(Object.keys(document).every((name) => !name.includes(":"))).toBe(true);
});
