import {
  deviceOf,
  grouped,
  netPowerW,
  PlatformError,
  type NormalisedReading,
  type RejectedMessage,
} from "@smp/schemas";
import { checkReadings } from "../src/columns.ts";
import { gapsBetween, startOfQuarter, stepsOf, type Counter, type Quarter } from "../src/energy/energy.ts";
import { foldSeries, foldSeriesAndWhole, type QuarterRange } from "../src/energy/series.ts";
import { Swaps } from "../src/energy/swaps.ts";
import { LatestReadings } from "../src/latest.ts";
import type { DeletedMeter, Deletion, RawQuery, RegistryDocument, Store } from "../src/index.ts";

const PAGE_READINGS = 5_000;

/** What a store holds; it outlives the store, as a file would. */
export interface Memory {
  /** By meter, then by time. */
  readings: Map<string, Map<number, NormalisedReading>>;
  rejected: RejectedMessage[];
  documents: Map<string, RegistryDocument>;
  deleted: Map<string, DeletedMeter>;
}

export const emptyMemory = (): Memory => ({
  readings: new Map(),
  rejected: [],
  documents: new Map(),
  deleted: new Map(),
});

/** The smallest store that keeps the contract: the model of docs/extend/store.md. It holds all in memory, without limit. */
export function memoryStore(memory: Memory): Store {
  const swaps = new Swaps();
  const documents = (kind: string): RegistryDocument[] =>
    [...memory.documents.values()]
      .filter((document) => document.kind === kind && document.value !== null)
      .sort((a, b) => (a.id < b.id ? -1 : 1));
  swaps.replace(documents("meter"));

  const ofMeter = (meter: string): NormalisedReading[] =>
    [...(memory.readings.get(meter)?.values() ?? [])].sort((a, b) => a.t - b.t);
  const allQuarters = (meter: string): Quarter[] => quartersOf(meter, ofMeter(meter), swaps.of(meter));
  const readQuarters = ({ meters, from, to }: QuarterRange): Promise<Quarter[]> =>
    Promise.resolve(
      meters.flatMap(allQuarters).filter((quarter) => quarter.from >= from && quarter.from < to),
    );
  const newest = (meters: Iterable<string>): LatestReadings => {
    const latest = new LatestReadings();
    for (const meter of meters) for (const reading of ofMeter(meter)) latest.apply(reading);
    return latest;
  };

  return {
    async append(readings) {
      checkReadings(readings);
      for (const reading of readings) {
        const { meter, t, received, r } = reading;
        if (received < (memory.deleted.get(meter)?.before ?? 0)) continue;
        const finite = Object.fromEntries(Object.entries(r).filter(([, value]) => Number.isFinite(value)));
        const times = memory.readings.get(meter) ?? new Map<number, NormalisedReading>();
        memory.readings.set(meter, times.set(t, { ...reading, r: finite }));
      }
    },
    async reject(messages) {
      memory.rejected.push(...messages);
    },
    rejected: async ({ device, limit }) =>
      memory.rejected
        .filter((message) => device === undefined || message.device === device)
        .toReversed()
        .slice(0, limit),

    meters: async () => newest(memory.readings.keys()).summaries(),
    latest: async (meters) => newest(new Set(meters)).readings(meters),
    raw: (query) => rawPages(ofMeter(query.meter), query),
    registers: async ({ meter }) => [...new Set(ofMeter(meter).flatMap(({ r }) => Object.keys(r)))],
    series: (query) => foldSeries(query, readQuarters, swaps),
    seriesAndWhole: (query) => foldSeriesAndWhole(query, readQuarters, swaps),
    gaps: async (query) => gapsBetween(allQuarters(query.meter), swaps.of(query.meter), query),
    energySteps: async (query) => stepsOf(allQuarters(query.meter), swaps.of(query.meter), query),

    async deleteMeter(meter, deletion) {
      const before = Math.max(deletion.before, memory.deleted.get(meter)?.before ?? 0);
      memory.deleted.set(meter, { meter, before });
      const left = ofMeter(meter).filter((reading) => !isGone(reading, deletion));
      if (left.length === 0) memory.readings.delete(meter);
      else memory.readings.set(meter, new Map(left.map((reading) => [reading.t, reading])));
      memory.rejected = memory.rejected.filter(
        (message) => message.device !== deviceOf(meter) || !isGone(message, deletion),
      );
      memory.documents.delete(`meter/${meter}`);
      swaps.delete(meter);
    },
    deleted: async () => [...memory.deleted.values()],

    async putDocument(...given) {
      // All or nothing: one that cannot be read throws before any is kept.
      for (const document of given) swaps.with(document);
      for (const document of given) {
        memory.documents.set(`${document.kind}/${document.id}`, document);
        swaps.set(document);
      }
    },
    documents: async (kind, ids) =>
      documents(kind).filter(({ id }) => ids?.some(({ from, to }) => from <= id && id < to) ?? true),

    settled: async () => undefined,
    maintain: async () => undefined,
    health: async () => ({ ok: true, lagMs: 0 }),
    backup: () => Promise.reject(new PlatformError("no-backup", "a store in memory has no backup")),
    close: async () => undefined,
  };
}

const isGone = ({ received }: { received: number }, { before, beyond = Infinity }: Deletion): boolean =>
  received < before || received > beyond;

async function* rawPages(
  readings: readonly NormalisedReading[],
  { from, to, limit, receivedFrom, after = { received: -1, t: -1 } }: RawQuery,
): AsyncGenerator<NormalisedReading[]> {
  let found = readings.filter(({ t }) => t >= from && t < to);
  if (receivedFrom !== undefined)
    found = found
      .filter(
        ({ received, t }) =>
          received >= receivedFrom &&
          (received > after.received || (received === after.received && t > after.t)),
      )
      .sort((a, b) => a.received - b.received || a.t - b.t);
  found = found.slice(0, limit);
  for (let start = 0; start < found.length; start += PAGE_READINGS)
    yield found.slice(start, start + PAGE_READINGS);
}

/** A meter's quarter hours from its readings in order; the rest of the energy rule is energy.ts. */
function quartersOf(
  meter: string,
  readings: readonly NormalisedReading[],
  swaps: readonly number[],
): Quarter[] {
  return [...grouped(readings, ({ t }) => startOfQuarter(t))].map(([from, inside]) => {
    const watts = inside.flatMap(({ r }) => netPowerW(r) ?? []);
    return {
      meter,
      from,
      readings: inside.length,
      firstMs: inside[0]?.t ?? from,
      lastMs: inside.at(-1)?.t ?? from,
      imported: counterOf(inside, "1-0:1.8.0", swaps),
      exported: counterOf(inside, "1-0:2.8.0", swaps),
      powerSum: watts.reduce((sum, value) => sum + value, 0),
      powerCount: watts.length,
      powerMin: watts.length === 0 ? null : Math.min(...watts),
      powerMax: watts.length === 0 ? null : Math.max(...watts),
    };
  });
}

/** One counter of a quarter hour: without suspect readings, and without a difference across an exchange of the meter. */
function counterOf(
  inside: readonly NormalisedReading[],
  code: string,
  swaps: readonly number[],
): Counter | null {
  const counts = inside.flatMap(({ t, r, quality }) => {
    const value = r[code];
    return value === undefined || quality?.includes("suspect") ? [] : { t, value };
  });
  const [first, last] = [counts[0], counts.at(-1)];
  if (!first || !last) return null;
  const steps = counts.slice(1).flatMap((after, index) => {
    const before = counts[index];
    if (!before || swaps.some((at) => before.t < at && at <= after.t)) return [];
    return Math.max(after.value - before.value, 0);
  });
  const gained = steps.length === 0 ? null : steps.reduce((sum, step) => sum + step, 0);
  return { first: first.value, last: last.value, gained, firstMs: first.t, lastMs: last.t };
}
