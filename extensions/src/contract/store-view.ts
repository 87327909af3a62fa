import type { NormalisedReading } from "@smp/schemas";
import type { Bucket, Gap, LatestReading, MeterSummary, SeriesQuery } from "@smp/store";

/**
 * The store as an extension sees it: read-only, cut to its rights and the caller's. Times are Unix ms UTC, `from`
 * inclusive, `to` exclusive; energy in Wh, power in W. A meter that may not be read is as one that does not exist: left
 * out of lists, without data. A call that asks for finer detail than allowed fails.
 */
export interface StoreView {
  meters(): Promise<MeterSummary[]>;
  /** The newest value of each register. Needs `raw`. */
  latest(meters: readonly string[]): Promise<LatestReading[]>;
  /** Energy and power per bucket, buckets without readings left out; at most 40,000 buckets. Needs the resolution's detail. */
  series(query: SeriesQuery): Promise<Bucket[]>;
  /** Needs `raw`. */
  gaps(query: { meter: string; from: number; to: number }): Promise<Gap[]>;
  /** Readings as they came, oldest first; at most 10,000, go on after the last one's `t`. Needs `raw`. */
  readings(query: { meter: string; from: number; to: number; limit?: number }): Promise<NormalisedReading[]>;
}

export type StoreMethod = keyof StoreView;
export const STORE_METHODS: readonly StoreMethod[] = ["meters", "latest", "series", "gaps", "readings"];
