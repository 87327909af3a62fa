import { DAY_MS } from "@smp/schemas";
import type { CostBucket } from "@smp/schemas/api";

const DAYS_MIN = 7;
/** Eight of ten outcomes lie within so many standard deviations. */
const Z = 1.2816;
/** A day with larger holes says too little. */
const COVERAGE_MIN = 0.75;

export interface Forecast {
  /** In the currency's main unit: an estimate, not an amount. */
  expected: number;
  low: number;
  high: number;
  /** How many whole days it rests on. */
  days: number;
}

/**
 * What the running period will have cost at its end: what it cost so far, and for the rest the mean of its whole days, with the
 * range that holds eight of ten outcomes if days vary as they did. The rest begins where what is known ends: a meter may be
 * silent, or told a day later. Nothing before there are seven whole days.
 *
 * @param days the period's buckets by day; `soFar` its total
 */
export function forecastOf(
  days: readonly CostBucket[],
  soFar: number,
  nowMs: number,
  endMs: number,
): Forecast | undefined {
  const whole = days.filter((day) => Date.parse(day.end) <= nowMs && isKnown(day));
  if (whole.length < DAYS_MIN || nowMs >= endMs) return undefined;
  const values = whole.map(({ total }) => Number(total));
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1));
  let rest = (endMs - nowMs) / DAY_MS;
  let expected = soFar + rest * mean;
  for (const day of silentSince(whole, days, nowMs)) {
    const [start, end] = [Date.parse(day.start), Date.parse(day.end)];
    const passed = (Math.min(nowMs, end) - start) / (end - start);
    rest += passed;
    const missing = passed * mean - Number(day.total);
    // Nothing when more than a mean day's is known already.
    expected += mean < 0 ? Math.min(0, missing) : Math.max(0, missing);
  }
  // The spread of a sum of days to come, and of the mean that is itself only known from `count` days.
  const spread = Z * deviation * Math.sqrt(rest + rest ** 2 / count);
  return { expected, low: expected - spread, high: expected + spread, days: count };
}

const isKnown = ({ total, coverage, unpriced_kwh: unpriced }: CostBucket): boolean =>
  total !== null && coverage >= COVERAGE_MIN && unpriced === 0;

/** The days since the last whole one of which too little is known; a gap before it has its energy, spread over it. */
function silentSince(whole: readonly CostBucket[], days: readonly CostBucket[], nowMs: number): CostBucket[] {
  const knownTo = Date.parse(whole.at(-1)?.end ?? "");
  return days.filter((day) => {
    const start = Date.parse(day.start);
    return start >= knownTo && start < nowMs && day.total !== null && !isKnown(day);
  });
}
