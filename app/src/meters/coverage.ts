import { QUARTER_HOUR_MS } from "@smp/schemas";
import type { EnergyBucket } from "@smp/schemas/api";

/** The platform cuts a share off after three places: that is half of what it may have cut. */
const CUT_OFF = 0.0005;

/**
 * The share of quarter hours with a reading since a moment, from the shares of the days: that of thirty days is too coarse to tell
 * of a meter's first hours.
 */
export function coverageSince(
  days: readonly Pick<EnergyBucket, "start" | "end" | "coverage">[],
  sinceMs: number,
  nowMs: number,
): number {
  const toMs = Math.ceil(nowMs / QUARTER_HOUR_MS) * QUARTER_HOUR_MS;
  const fromMs = Math.floor(sinceMs / QUARTER_HOUR_MS) * QUARTER_HOUR_MS;
  const seenMs = days.reduce((sum, { start, end, coverage }) => {
    const passedMs = Math.max(0, Math.min(Date.parse(end), toMs) - Date.parse(start));
    return sum + (coverage === 0 ? 0 : Math.min(1, coverage + CUT_OFF) * passedMs);
  }, 0);
  return Math.min(1, seenMs / Math.max(QUARTER_HOUR_MS, toMs - fromMs));
}
