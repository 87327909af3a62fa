import { DAY_MS, HOUR_MS, PlatformError, QUARTER_HOUR_MS, type NormalisedReading } from "@smp/schemas";
import type { Bucket, MeterSummary, SeriesQuery, Store } from "@smp/store";
import type { Detail } from "../contract/manifest.ts";
import { STORE_METHODS, type StoreView } from "../contract/store-view.ts";
import { DETAILS } from "./manifest.ts";

export type ReadableStore = Pick<Store, "meters" | "latest" | "series" | "gaps" | "raw">;

/** Whose eyes look: what a caller, or the operator's settings, let see. */
export interface Sight {
  canRead(meter: string, detail: Detail): boolean;
  /** The only zone of buckets for a meter of which quarter hours may not be read; absent: any. */
  zoneOf?(meter: string): string;
}

const READINGS_MAX = 10_000;
const BUCKETS_MAX = 40_000;
const METERS_MAX = 1_000;
const DETAIL_MS: Readonly<Record<string, number>> = { "15m": QUARTER_HOUR_MS, "1h": HOUR_MS, day: DAY_MS };

/** The store, cut to the finest detail that a manifest claims and to what `sight` allows. */
export function storeView(
  store: ReadableStore,
  finest: Detail,
  sight: Sight,
  now: () => number = Date.now,
): StoreView {
  const demand = (detail: Detail): void => {
    if (DETAILS.indexOf(detail) < DETAILS.indexOf(finest))
      throw new PlatformError(
        "extension-right",
        `The manifest's right "read" is "${finest}": ask for "${detail}" there.`,
      );
  };
  const seen = (meters: readonly string[], detail: Detail): string[] => {
    demand(detail);
    if (!Array.isArray(meters) || meters.length > METERS_MAX || meters.some((id) => typeof id !== "string"))
      throw wrong(`meters must be a list of at most ${METERS_MAX} ids`);
    return meters.filter((meter) => sight.canRead(meter, detail));
  };
  return {
    async meters(): Promise<MeterSummary[]> {
      return (await store.meters()).filter(({ meter }) => sight.canRead(meter, "month"));
    },
    async latest(meters) {
      const visible = seen(meters, "raw");
      return visible.length === 0 ? [] : await store.latest(visible);
    },
    async series(query): Promise<Bucket[]> {
      const visible = seen(query.meters, detailOf(query.resolution));
      const { from, to } = rangeOf(query);
      const buckets = ((to - from) / (DETAIL_MS[query.resolution] ?? 7 * DAY_MS)) * visible.length;
      // Days of two zones minus each other are hours.
      const mixed = visible.find(
        (meter) => !sight.canRead(meter, "15m") && (sight.zoneOf?.(meter) ?? query.tz) !== query.tz,
      );
      if (mixed !== undefined)
        throw wrong(`buckets of ${mixed} are to be had in the zone ${sight.zoneOf?.(mixed)} only`);
      if (buckets > BUCKETS_MAX) throw wrong(`a range of more than ${BUCKETS_MAX} buckets: ask for less`);
      if (visible.length === 0) return [];
      const found = await store.series({ ...query, meters: visible });
      // Whoever may not have single readings gets what is over: asked again and again, a running bucket would tell them.
      const coarse = new Set(visible.filter((meter) => !sight.canRead(meter, "raw")));
      const isTold = ({ meter, to: end }: Bucket): boolean =>
        end <= now() || (meter === undefined ? coarse.size === 0 : !coarse.has(meter));
      return found.filter(isTold);
    },
    async gaps(query) {
      rangeOf(query);
      return seen([query.meter], "raw").length === 0 ? [] : await store.gaps(query);
    },
    async readings({ meter, from, to, limit }): Promise<NormalisedReading[]> {
      rangeOf({ from, to });
      if (seen([meter], "raw").length === 0) return [];
      const readings: NormalisedReading[] = [];
      const most = Math.min(typeof limit === "number" && limit > 0 ? limit : READINGS_MAX, READINGS_MAX);
      for await (const batch of store.raw({ meter, from, to, limit: most })) readings.push(...batch);
      return readings;
    },
  };
}

/** Answers what an extension's process asks: a method of the view by its name. */
export const asking =
  (view: StoreView) =>
  async (method: string, query: unknown): Promise<unknown> => {
    const known = STORE_METHODS.find((name) => name === method);
    if (!known) throw wrong(`there is no ${method}(); the store has ${STORE_METHODS.join(", ")}`);
    if (known !== "meters" && (typeof query !== "object" || query === null))
      throw wrong(`${known}() needs a query`);
    return await (view[known] as (query: unknown) => Promise<unknown>)(query);
  };

const detailOf = (resolution: SeriesQuery["resolution"]): Detail => {
  if (resolution === "15m" || resolution === "1h" || resolution === "day") return resolution;
  // One bucket of any length, which may be a quarter hour's.
  if (resolution === "range") return "15m";
  // A week shows more than a month does, and less than a day.
  return resolution === "week" ? "day" : "month";
};

function rangeOf({ from, to }: { from: number; to: number }): { from: number; to: number } {
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || from > to)
    throw wrong("from and to must be whole milliseconds, from before to");
  return { from, to };
}

const wrong = (what: string): PlatformError =>
  new PlatformError("extension-query", `The store cannot answer that: ${what}.`);
