import { QUARTER_HOUR_MS } from "@smp/schemas";
import type { EnergyBucket } from "@smp/schemas/api";

/** The platform cuts a share off after three places. */
const CUT_OFF = 0.001;

/** The most quarter hours of so many that such a share can be of: of up to 1,000, a day's or a week's, the only number. */
const seenOf = (share: number, quarters: number): number =>
  share >= 1 ? quarters : share === 0 || quarters === 0 ? 0 : Math.ceil((share + CUT_OFF) * quarters) - 1;

/**
 * The share of quarter hours with a reading since a moment, from the shares of parts of the time: that of thirty days is too
 * coarse to tell of a meter's first hours.
 */
export function coverageSince(
  parts: readonly Pick<EnergyBucket, "start" | "end" | "coverage">[],
  sinceMs: number,
  nowMs: number,
): number {
  const toMs = Math.ceil(nowMs / QUARTER_HOUR_MS) * QUARTER_HOUR_MS;
  const fromMs = Math.floor(sinceMs / QUARTER_HOUR_MS) * QUARTER_HOUR_MS;
  const seen = parts.reduce((sum, { start, end, coverage }) => {
    const passedMs = Math.max(0, Math.min(Date.parse(end), toMs) - Date.parse(start));
    return sum + seenOf(coverage, passedMs / QUARTER_HOUR_MS);
  }, 0);
  return Math.min(1, (seen * QUARTER_HOUR_MS) / Math.max(QUARTER_HOUR_MS, toMs - fromMs));
}
