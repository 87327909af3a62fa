const KEYS_MAX = 10_000;

export interface RateLimit {
  /** Counts one more; false if it is one too many. */
  take(key: string): boolean;
  isSpent(key: string): boolean;
  readonly retryAfterS: number;
}

/** Lets through `burst` at once and `perMinute` on average for each key; knows at most 10,000 keys. */
export function rateLimit(
  { burst, perMinute }: { burst: number; perMinute: number },
  nowMs: () => number,
): RateLimit {
  const buckets = new Map<string, { tokens: number; atMs: number }>();
  const tokensAt = (key: string, atMs: number): number => {
    const { tokens, atMs: beforeMs } = buckets.get(key) ?? { tokens: burst, atMs };
    // A wall clock that is set back must not keep anybody out until it has caught up.
    return Math.min(burst, tokens + (Math.abs(atMs - beforeMs) * perMinute) / 60_000);
  };
  return {
    retryAfterS: Math.ceil(60 / perMinute),
    isSpent: (key) => tokensAt(key, nowMs()) < 1,
    take(key) {
      const atMs = nowMs();
      const filled = tokensAt(key, atMs);
      const isFree = filled >= 1;
      // Set anew, it stands last: the first is the one that was quiet for longest.
      buckets.delete(key);
      buckets.set(key, { tokens: isFree ? filled - 1 : filled, atMs });
      if (buckets.size > KEYS_MAX) buckets.delete(buckets.keys().next().value!);
      return isFree;
    },
  };
}
