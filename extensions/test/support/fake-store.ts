import { deviceOf, type NormalisedReading } from "@smp/schemas";
import type { Bucket, RawQuery, RegistryDocument, SeriesQuery } from "@smp/store";
import type { ReadableStore } from "../../src/host/store-view.ts";

/** A store of a few readings in memory; `series` is what the test says. */
export function fakeStore(readings: NormalisedReading[] = []): ReadableStore & {
  readings: NormalisedReading[];
  documents: () => Promise<RegistryDocument[]>;
  putDocument: (...documents: RegistryDocument[]) => Promise<void>;
  /** What was put, and not deleted again. */
  kept: () => RegistryDocument[];
  asked: string[];
  buckets: (query: SeriesQuery) => Bucket[];
} {
  const of = (meter: string): NormalisedReading[] =>
    store.readings.filter((reading) => reading.meter === meter).sort((a, b) => a.t - b.t);
  const store = {
    readings,
    put: [] as RegistryDocument[],
    kept: (): RegistryDocument[] =>
      [...new Map(store.put.map((one) => [one.id, one])).values()].filter(({ value }) => value !== null),
    documents: async (): Promise<RegistryDocument[]> => store.kept(),
    asked: [] as string[],
    buckets: (_query: SeriesQuery): Bucket[] => [],
    async putDocument(...documents: RegistryDocument[]): Promise<void> {
      store.put.push(...documents);
    },
    async meters() {
      return [...new Set(store.readings.map(({ meter }) => meter))].sort().map((meter) => ({
        meter,
        device: meter,
        firstMs: of(meter)[0]?.t ?? 0,
        lastMs: of(meter).at(-1)?.t ?? 0,
      }));
    },
    async latest(meters: readonly string[]) {
      store.asked.push(...meters);
      return meters.flatMap((meter) => {
        const last = of(meter).at(-1);
        if (!last) return [];
        const registers = Object.fromEntries(
          Object.entries(last.r).map(([code, value]) => [code, { value, t: last.t }]),
        );
        return [{ meter, device: last.device, t: last.t, received: last.received, registers }];
      });
    },
    async *raw({ meter, from, to, limit, receivedFrom = 0 }: RawQuery) {
      yield of(meter)
        .filter(({ t, received }) => t >= from && t < to && received >= receivedFrom)
        .slice(0, limit);
    },
    async series(query: SeriesQuery) {
      store.asked.push(...query.meters);
      return store.buckets(query);
    },
    gaps: async () => [],
  };
  return store;
}

export const reading = (meter: string, t: number, r: Record<string, number>): NormalisedReading => ({
  meter,
  device: deviceOf(meter),
  t,
  received: t,
  r,
});
