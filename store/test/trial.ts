import { deviceOf, parseInstant, type NormalisedReading } from "@smp/schemas";
import type { Bucket, SeriesQuery, Store } from "../src/index.ts";
import type { Retention } from "../src/retention.ts";

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
export const IMPORT = "1-0:1.8.0";
export const EXPORT = "1-0:2.8.0";
export const POWER = "1-0:16.7.0";

export const at = (text: string, tz = "UTC"): number => parseInstant(text, tz) ?? Number.NaN;

export const reading = (
  meter: string,
  t: number,
  r: Record<string, number>,
  more: Partial<NormalisedReading> = {},
): NormalisedReading => ({ meter, device: deviceOf(meter), t, received: t + 40, r, ...more });

/** One reading every `stepMs`, the import counter rising by `wh` each time. */
export const steady = (
  meter: string,
  from: number,
  to: number,
  stepMs: number,
  wh: number,
  start = 1_000,
): NormalisedReading[] =>
  Array.from({ length: Math.ceil((to - from) / stepMs) }, (_, index) =>
    reading(meter, from + index * stepMs, {
      [IMPORT]: start + index * wh,
      [POWER]: wh * (HOUR / stepMs),
    }),
  );

export const importOf = (buckets: readonly Bucket[]): (number | null)[] =>
  buckets.map(({ importWh }) => importWh);
export const total = (buckets: readonly Bucket[]): number =>
  buckets.reduce((sum, { importWh }) => sum + (importWh ?? 0), 0);

let count = 0;
/** A meter of one test alone, so that one store serves them all. */
export const newMeter = (): string => `m${++count}-${Date.now().toString(36)}`;

/** A store that can be closed and opened again with the same data. */
export interface StoreUnderTest {
  /** Keeps everything for ever, unless told otherwise. */
  open(options?: { now: () => number; retention: Retention }): Promise<Store>;
  /** Removes the data; after close(). */
  remove(): Promise<void>;
}

/** Short forms of what tests ask of a store, which may be opened anew in between. */
export interface Trial {
  store: () => Store;
  /** Appends, and waits until it is visible. */
  put: (...readings: NormalisedReading[]) => Promise<void>;
  rawOf: (meter: string, from?: number, to?: number, limit?: number) => Promise<NormalisedReading[]>;
  series: (
    meter: string,
    from: number,
    to: number,
    resolution?: SeriesQuery["resolution"],
    tz?: string,
  ) => Promise<Bucket[]>;
}

export function trialOf(store: () => Store): Trial {
  return {
    store,
    put: async (...readings) => {
      for (let start = 0; start < readings.length; start += 10_000)
        await store().append(readings.slice(start, start + 10_000));
      await store().settled();
    },
    rawOf: async (meter, from = 0, to = at("2100-01-01"), limit) => {
      const readings: NormalisedReading[] = [];
      for await (const page of store().raw({ meter, from, to, ...(limit !== undefined && { limit }) }))
        readings.push(...page);
      return readings;
    },
    series: (meter, from, to, resolution = "15m", tz = "UTC") =>
      store().series({ meters: [meter], from, to, resolution, tz, perMeter: true }),
  };
}
