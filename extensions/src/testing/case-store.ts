import { deviceOf, type NormalisedReading } from "@smp/schemas";
import type { ReadableStore } from "../host/store-view.ts";
import type { Case } from "./case.ts";

/** A store that holds what a case says: readings by meter and time, buckets as they are written there. */
export function caseStore({ readings = [], series = [] }: NonNullable<Case["store"]> = {}): ReadableStore & {
  putDocument(): Promise<void>;
} {
  const of = (meter: string): NormalisedReading[] =>
    readings.filter((reading) => reading.meter === meter).sort((a, b) => a.t - b.t);
  const meters = [...new Set([...readings, ...series].flatMap(({ meter }) => meter ?? []))].sort();
  return {
    async meters() {
      return meters.map((meter) => ({
        meter,
        device: of(meter)[0]?.device ?? deviceOf(meter),
        firstMs: of(meter)[0]?.t ?? 0,
        lastMs: of(meter).at(-1)?.t ?? 0,
      }));
    },
    async latest(asked) {
      return asked.flatMap((meter) => {
        const last = of(meter).at(-1);
        if (!last) return [];
        const registers = Object.fromEntries(
          Object.entries(last.r).map(([code, value]) => [code, { value, t: last.t }]),
        );
        return [{ meter, device: last.device, t: last.t, received: last.received, registers }];
      });
    },
    async *raw({ meter, from, to, limit }) {
      yield of(meter)
        .filter(({ t }) => t >= from && t < to)
        .slice(0, limit);
    },
    async series({ meters: asked, from, to }) {
      return series.filter(
        (bucket) =>
          bucket.from < to &&
          bucket.to > from &&
          (bucket.meter === undefined || asked.includes(bucket.meter)),
      );
    },
    gaps: async () => [],
    putDocument: async () => undefined,
  };
}
