import { expect, test } from "vitest";
import type { Journal } from "../../src/journal/journal.ts";
import { openLanes } from "../../src/publisher/lanes.ts";
import { LIMITS } from "../../src/publisher/limits.ts";

test("what is new goes first, each lane at its pace, and the wait is for the lane that may go on sooner", async () => {
  const journal = {
    last: 10,
    hasPending: () => true,
    take: ({ from, to }: { from: number; to: number }) => Promise.resolve({ from, to }),
  } as unknown as Journal;
  const paces = { livePerSecond: 10, liveBurst: 2, drainPerSecond: 0.1, drainBurst: 1 };
  const lanes = openLanes(journal, "newest-first", { ...LIMITS, ...paces });
  const batches = [await lanes.next(), await lanes.next(), await lanes.next()];
  expect(batches).toEqual(
    [
      { from: 11, to: Infinity },
      { from: 11, to: Infinity },
      { from: 0, to: 10 },
    ].map((batch) => ({ batch })),
  );
  const { waitMs } = (await lanes.next()) as { waitMs: number };
  expect(waitMs).toBeGreaterThan(0);
  expect(waitMs).toBeLessThanOrEqual(100);
});
