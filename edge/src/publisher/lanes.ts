import { BATCH_READINGS_MAX } from "@smp/schemas";
import type { Journal } from "../journal/journal.ts";
import type { Batch, DrainOrder } from "../journal/take.ts";
import type { PublisherLimits } from "./limits.ts";
import { BATCH_BYTES_MAX } from "./message.ts";
import { Pace } from "./pace.ts";

/** Two lanes out of the journal, each at its own pace: what is new since the connection began goes first, each time. */
export function openLanes(
  journal: Journal,
  order: DrainOrder,
  { livePerSecond, liveBurst, drainPerSecond, drainBurst }: PublisherLimits,
): { next(): Promise<{ batch: Batch } | { waitMs: number }> } {
  const boundary = journal.last;
  const nowMs = performance.now();
  const lanes = [
    {
      range: { from: boundary + 1, to: Infinity, order: "oldest-first" },
      pace: new Pace(livePerSecond, liveBurst, nowMs),
    },
    { range: { from: 0, to: boundary, order }, pace: new Pace(drainPerSecond, drainBurst, nowMs) },
  ] as const;
  return {
    /** What may be sent now; else how long until a lane's pace lets something through, Infinity when nothing waits. */
    async next() {
      let waitMs = Infinity;
      for (const { range, pace } of lanes) {
        if (!journal.hasPending(range)) continue;
        const paceMs = pace.take(performance.now());
        if (paceMs > 0) {
          waitMs = Math.min(waitMs, paceMs);
          continue;
        }
        const limits = { readingsMax: BATCH_READINGS_MAX, bytesMax: BATCH_BYTES_MAX };
        const batch = await journal.take({ ...range, ...limits });
        if (batch) return { batch };
      }
      return { waitMs };
    },
  };
}
