/** live: as young as the meter's rhythm lets it be. stale: readings are missing. offline: for a long time now. */
export type Freshness = "live" | "stale" | "offline";

const INTERVAL_DEFAULT_MS = 5_000;
const INTERVAL_MAX_MS = 60 * 60_000;
const OFFLINE_MS = 5 * 60_000;

/** The meter's rhythm: the median distance of its recent readings. */
export function intervalOf(times: readonly number[]): number {
  const distances = times
    .slice(-20)
    .map((t, index, recent) => (index === 0 ? 0 : t - (recent[index - 1] ?? t)))
    .slice(1)
    .filter((distance) => distance > 0)
    .toSorted((a, b) => a - b);
  const median = distances[Math.floor(distances.length / 2)] ?? INTERVAL_DEFAULT_MS;
  return Math.min(INTERVAL_MAX_MS, Math.max(1_000, median));
}

/** Live up to three intervals, offline after the longer of five minutes and ten intervals. */
export function freshnessOf(ageMs: number, intervalMs: number): Freshness {
  if (ageMs <= Math.max(3 * intervalMs, INTERVAL_DEFAULT_MS * 2)) return "live";
  return ageMs <= Math.max(OFFLINE_MS, 10 * intervalMs) ? "stale" : "offline";
}
