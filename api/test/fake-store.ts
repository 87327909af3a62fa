import { bucketBounds, QUARTER_HOUR_MS, type NormalisedReading, type RejectedMessage } from "@smp/schemas";
import type {
  Bucket,
  DeletedMeter,
  Deletion,
  EnergySteps,
  Gap,
  LatestReading,
  MeterSummary,
  RawQuery,
  RegistersQuery,
  IdRange,
  RegistryDocument,
  SeriesQuery,
  Store,
  StoreHealth,
} from "@smp/store";

const IMPORT = "1-0:1.8.0";
const EXPORT = "1-0:2.8.0";
const quarterOf = (t: number): number => Math.floor(t / QUARTER_HOUR_MS);

/**
 * The Store contract over a sorted list, reading by reading: slow and plain, so that it is right. `waits` counts how many
 * queries were running at once, and `before` lets a test hold or fail them.
 */
export class FakeStore implements Store {
  readonly #readings = new Map<string, Map<number, NormalisedReading>>();
  readonly #rejected: RejectedMessage[] = [];
  readonly #documents: RegistryDocument[] = [];
  /** Per meter the time before which nothing of it comes back. */
  readonly #deleted = new Map<string, number>();
  state: StoreHealth = { ok: true, lagMs: 0 };
  before: () => Promise<void> = async () => {};
  running = 0;
  runningMax = 0;
  asked: Record<string, number> = {};

  async append(readings: readonly NormalisedReading[]): Promise<void> {
    for (const reading of readings) {
      if (reading.received < (this.#deleted.get(reading.meter) ?? 0)) continue;
      const own = this.#readings.get(reading.meter) ?? new Map<number, NormalisedReading>();
      this.#readings.set(reading.meter, own.set(reading.t, structuredClone(reading)));
    }
  }

  async reject(messages: readonly RejectedMessage[]): Promise<void> {
    this.#rejected.push(...messages);
  }

  rejected({ device, limit }: { device?: string; limit: number }): Promise<RejectedMessage[]> {
    return this.#ask("rejected", () =>
      this.#rejected
        .filter((message) => device === undefined || message.device === device)
        .toReversed()
        .slice(0, limit),
    );
  }

  meters(): Promise<MeterSummary[]> {
    return this.#ask("meters", () =>
      [...this.#readings.keys()].sort().map((meter) => {
        const all = this.#sorted(meter);
        return { meter, device: all[0]!.device, firstMs: all[0]!.t, lastMs: all.at(-1)!.t };
      }),
    );
  }

  latest(meters: readonly string[]): Promise<LatestReading[]> {
    return this.#ask("latest", () =>
      meters.flatMap((meter) => {
        const all = this.#sorted(meter);
        const newest = all.at(-1);
        if (!newest) return [];
        const registers: LatestReading["registers"] = {};
        for (const { r, t } of all)
          for (const [code, value] of Object.entries(r)) registers[code] = { value, t };
        const { device, t, received, quality } = newest;
        return { meter, device, t, received, registers, ...(quality ? { quality } : {}) };
      }),
    );
  }

  async *raw({ meter, from, to, limit, receivedFrom, after }: RawQuery): AsyncIterable<NormalisedReading[]> {
    const found = await this.#ask("raw", () => {
      const all = this.#sorted(meter).filter(({ t }) => t >= from && t < to);
      if (receivedFrom === undefined) return all.slice(0, limit);
      const place = after ?? { received: receivedFrom, t: -1 };
      return all
        .sort((a, b) => a.received - b.received || a.t - b.t)
        .filter(
          ({ received, t }) => received >= receivedFrom && (received - place.received || t - place.t) > 0,
        )
        .slice(0, limit);
    });
    for (let start = 0; start < found.length; start += 100) yield found.slice(start, start + 100);
  }

  registers({ meter, from, to }: RegistersQuery): Promise<string[]> {
    return this.#ask("registers", () => [
      ...new Set(this.#sorted(meter).flatMap(({ t, r }) => (t >= from && t < to ? Object.keys(r) : []))),
    ]);
  }

  series({ meters, from, to, resolution, tz, perMeter }: SeriesQuery): Promise<Bucket[]> {
    const bounds = resolution === "range" ? [from, to] : bucketBounds(from, to, resolution, tz);
    const own = this.#ask("series", () =>
      meters.flatMap((meter) => {
        const all = this.#sorted(meter);
        const first = all[0]?.t ?? Infinity;
        const last = all.at(-1)?.t ?? -Infinity;
        return bounds.slice(1).flatMap((end, index) => {
          const start = bounds[index]!;
          // A year of quarter hours is mostly empty.
          return end <= first || start > last ? [] : (this.#bucket(meter, all, start, end) ?? []);
        });
      }),
    );
    return perMeter ? own : own.then(summed);
  }

  async seriesAndWhole(query: SeriesQuery): Promise<{ buckets: Bucket[]; whole: Bucket[] }> {
    const bounds =
      query.resolution === "range"
        ? [query.from, query.to]
        : bucketBounds(query.from, query.to, query.resolution, query.tz);
    const all = { ...query, from: bounds[0] ?? 0, to: bounds.at(-1) ?? 0, resolution: "range" } as const;
    return { buckets: await this.series(query), whole: bounds.length === 0 ? [] : await this.series(all) };
  }

  #bucket(meter: string, all: NormalisedReading[], from: number, to: number): Bucket | undefined {
    const inside = all.filter(({ t }) => t >= from && t < to);
    if (inside.length === 0) return undefined;
    const powers = inside.flatMap(({ r }) => r["1-0:16.7.0"] ?? []);
    const imported = energyOf(all, IMPORT, from, to);
    const exported = energyOf(all, EXPORT, from, to);
    return {
      meter,
      from,
      to,
      importWh: imported.wh,
      exportWh: exported.wh,
      importUnallocatedWh: imported.unallocatedWh,
      exportUnallocatedWh: exported.unallocatedWh,
      powerAvgW: powers.length === 0 ? null : powers.reduce((sum, power) => sum + power, 0) / powers.length,
      powerMinW: powers.length === 0 ? null : Math.min(...powers),
      powerMaxW: powers.length === 0 ? null : Math.max(...powers),
      quartersSeen: new Set(inside.map(({ t }) => quarterOf(t))).size,
      quarters: (to - from) / QUARTER_HOUR_MS,
      readings: inside.length,
    };
  }

  gaps({ meter, from, to }: { meter: string; from: number; to: number }): Promise<Gap[]> {
    const difference = (a: NormalisedReading, b: NormalisedReading, code: string): number | null => {
      const [before, after] = [a.r[code], b.r[code]];
      return before === undefined || after === undefined || after < before ? null : after - before;
    };
    return this.#ask("gaps", () =>
      pairs(this.#sorted(meter)).flatMap(([a, b]) =>
        quarterOf(b.t) - quarterOf(a.t) > 1 && a.t < to && b.t > from
          ? {
              from: a.t,
              to: b.t,
              reason: "no-readings" as const,
              importWh: difference(a, b, IMPORT),
              exportWh: difference(a, b, EXPORT),
            }
          : [],
      ),
    );
  }

  async deleteMeter(meter: string, { before, beyond = Infinity }: Deletion): Promise<void> {
    this.#deleted.set(meter, before);
    this.#documents.push({ kind: "meter", id: meter, value: null, t: before });
    for (const [t, { received }] of this.#readings.get(meter) ?? [])
      if (received < before || received > beyond) this.#readings.get(meter)?.delete(t);
    if (this.#readings.get(meter)?.size === 0) this.#readings.delete(meter);
  }

  async deleted(): Promise<DeletedMeter[]> {
    return [...this.#deleted].map(([meter, before]) => ({ meter, before }));
  }

  energySteps({ meter, from, to }: { meter: string; from: number; to: number }): Promise<EnergySteps> {
    return this.#ask("energySteps", () => {
      const all = this.#sorted(meter);
      const touches = (start: number, end: number): boolean => start < to && end > from;
      const starts = [...new Set(all.map(({ t }) => quarterOf(t) * QUARTER_HOUR_MS))].filter((start) =>
        touches(start, start + QUARTER_HOUR_MS),
      );
      const whIn = (code: string, start: number): number | null =>
        energyOf(all, code, start, start + QUARTER_HOUR_MS).wh;
      const stretches = [IMPORT, EXPORT].flatMap((code) =>
        pairs(all.filter(({ r }) => r[code] !== undefined)).flatMap(([a, b]) => {
          if (quarterOf(b.t) - quarterOf(a.t) <= 1 || !touches(a.t, b.t)) return [];
          const wh = Math.max(b.r[code]! - a.r[code]!, 0);
          const [importWh, exportWh] = code === IMPORT ? [wh, null] : [null, wh];
          return [{ from: a.t, to: b.t, importWh, exportWh }];
        }),
      );
      return {
        quarters: starts.map((start) => ({
          from: start,
          importWh: whIn(IMPORT, start),
          exportWh: whIn(EXPORT, start),
        })),
        stretches,
      };
    });
  }

  async putDocument(...documents: RegistryDocument[]): Promise<void> {
    this.#documents.push(...documents);
  }

  async documents(kind: string, ids?: readonly IdRange[]): Promise<RegistryDocument[]> {
    const newest = new Map(
      this.#documents.filter((document) => document.kind === kind).map((document) => [document.id, document]),
    );
    return [...newest.values()]
      .filter(
        ({ id, value }) => value !== null && (!ids || ids.some(({ from, to }) => id >= from && id < to)),
      )
      .sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  async settled(): Promise<void> {}
  async maintain(): Promise<void> {}

  async backup(): Promise<never> {
    throw new Error("this store lives in memory only");
  }

  async health(): Promise<StoreHealth> {
    await this.before();
    return this.state;
  }

  async close(): Promise<void> {}

  #sorted(meter: string): NormalisedReading[] {
    return [...(this.#readings.get(meter)?.values() ?? [])].sort((a, b) => a.t - b.t);
  }

  async #ask<T>(what: string, answer: () => T): Promise<T> {
    this.asked[what] = (this.asked[what] ?? 0) + 1;
    this.running++;
    this.runningMax = Math.max(this.runningMax, this.running);
    try {
      await this.before();
      return answer();
    } finally {
      this.running--;
    }
  }
}

const pairs = <T>(list: readonly T[]): [T, T][] => list.slice(1).map((item, index) => [list[index]!, item]);

/** Positive differences; one across a whole quarter hour without a reading counts only when both ends are in the bucket. */
function energyOf(
  all: readonly NormalisedReading[],
  code: string,
  from: number,
  to: number,
): { wh: number | null; unallocatedWh: number } {
  let wh: number | null = null;
  let unallocatedWh = 0;
  for (const [a, b] of pairs(all.filter(({ r }) => r[code] !== undefined))) {
    if (a.t < from || a.t >= to) continue;
    const step = Math.max(b.r[code]! - a.r[code]!, 0);
    const gap = quarterOf(b.t) - quarterOf(a.t) > 1;
    if (gap && b.t > to) continue;
    wh = (wh ?? 0) + step;
    if (gap) unallocatedWh += step;
  }
  return { wh, unallocatedWh };
}

/** One bucket for all meters; its power extremes are unknown. */
function summed(buckets: readonly Bucket[]): Bucket[] {
  const plus = (a: number | null, b: number | null): number | null =>
    a === null ? b : b === null ? a : a + b;
  const found = new Map<number, Bucket>();
  for (const { meter: _, ...bucket } of buckets) {
    const sum = found.get(bucket.from);
    found.set(bucket.from, {
      ...bucket,
      importWh: plus(sum?.importWh ?? null, bucket.importWh),
      exportWh: plus(sum?.exportWh ?? null, bucket.exportWh),
      importUnallocatedWh: (sum?.importUnallocatedWh ?? 0) + bucket.importUnallocatedWh,
      exportUnallocatedWh: (sum?.exportUnallocatedWh ?? 0) + bucket.exportUnallocatedWh,
      powerAvgW: plus(sum?.powerAvgW ?? null, bucket.powerAvgW),
      powerMinW: null,
      powerMaxW: null,
      quartersSeen: (sum?.quartersSeen ?? 0) + bucket.quartersSeen,
      readings: (sum?.readings ?? 0) + bucket.readings,
    });
  }
  return [...found.values()].sort((a, b) => a.from - b.from);
}
