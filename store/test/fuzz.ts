import * as fc from "fast-check";
import { expect } from "vitest";
import type { Bucket, SeriesQuery, Store } from "../src/index.ts";
import { histories, play, sent, type Histories } from "./histories.ts";
import { gapsOracle, localBuckets, oracle } from "./oracle.ts";
import { HOUR, newMeter, trialOf } from "./trial.ts";

const RESOLUTIONS = ["15m", "1h", "day", "week", "month", "year", "range"] as const;
/** Meters of one run: what they share, a commit or a query, is paid once. */
const METERS = 50;

/**
 * Random lives of meters, against the oracle. Ends at the first failure and prints its seed, as shrinking fifty lives takes
 * minutes to hours; SMP_SEED plays that seed again and shrinks it.
 */
export async function fuzzEnergy(current: () => Store, count: number): Promise<void> {
  const seed = process.env["SMP_SEED"];
  await fc.assert(
    fc.asyncProperty(histories(Math.min(METERS, count)), (given) => check(current(), given)),
    {
      numRuns: Math.ceil(count / METERS),
      ...(seed === undefined ? { endOnFailure: true } : { seed: Number(seed) }),
      interruptAfterTimeLimit: 3_000_000,
      markInterruptAsFailure: true,
    },
  );
}

async function check(
  store: Store,
  { clock, lives, cuts, shuffle, swapsAt, upkeep }: Histories,
): Promise<void> {
  const [tz, startText] = clock;
  const start = Date.parse(startText);
  const { rawOf } = trialOf(() => store);
  const meters = lives.map((life) => {
    const meter = newMeter();
    return { meter, life, ...play(meter, life, start) };
  });
  const all = sent(meters, shuffle);
  const bounds = [...cuts.map((cut) => cut % all.length).sort((a, b) => a - b), all.length];
  for (const [index, to] of bounds.entries()) {
    await store.append(all.slice(bounds[index - 1] ?? 0, to));
    if (index === Math.min(swapsAt, bounds.length - 1))
      for (const { meter, swaps } of meters)
        if (swaps.length > 0)
          await store.putDocument({
            kind: "meter",
            id: meter,
            value: { swaps: swaps.map((swap) => ({ at: swap })) },
            t: start,
          });
    if (upkeep[index]) await store.maintain();
  }
  await store.settled();

  const to = Math.max(...meters.flatMap(({ readings }) => readings.map(({ t }) => t))) + 1;
  for (const resolution of RESOLUTIONS) {
    const query: Omit<SeriesQuery, "perMeter"> = {
      meters: meters.map(({ meter }) => meter),
      from: start + HOUR,
      to: Math.max(to, start + 2 * HOUR),
      resolution,
      tz,
    };
    const buckets = localBuckets(query);
    const expected = meters
      .toSorted((a, b) => (a.meter < b.meter ? -1 : 1))
      .flatMap((history) => oracle(history, query, buckets));
    expect(await store.series({ ...query, perMeter: true })).toEqual(expected);
    const group = await store.series({ ...query, perMeter: false });
    expect(group.map(({ from, importWh, exportWh }) => ({ from, importWh, exportWh }))).toEqual(
      summed(expected),
    );
  }
  for (const { meter, readings, swaps } of meters.slice(0, 3)) {
    expect(await rawOf(meter)).toEqual(readings);
    expect(await store.gaps({ meter, from: 0, to: to + 1 })).toEqual(gapsOracle({ readings, swaps }));
    await checkSteps(store, meter, tz, { from: start - HOUR, to: to + HOUR });
  }
}

/** The steps are the quarter hours of the series, and add up to the whole range. */
async function checkSteps(
  store: Store,
  meter: string,
  tz: string,
  range: { from: number; to: number },
): Promise<void> {
  const of = (resolution: "15m" | "range"): Promise<Bucket[]> =>
    store.series({ meters: [meter], ...range, resolution, tz, perMeter: true });
  const { quarters, stretches } = await store.energySteps({ meter, ...range });
  expect(quarters).toEqual(
    (await of("15m")).map(({ from, importWh, exportWh }) => ({ from, importWh, exportWh })),
  );
  const [whole] = await of("range");
  const sum = (name: "importWh" | "exportWh"): number =>
    [...quarters, ...stretches].reduce((all, step) => all + (step[name] ?? 0), 0);
  expect([sum("importWh"), sum("exportWh")]).toEqual([whole?.importWh ?? 0, whole?.exportWh ?? 0]);
}

const plus = (a: number | null, b: number | null): number | null => (a === null ? b : a + (b ?? 0));

function summed(buckets: readonly Bucket[]): Pick<Bucket, "from" | "importWh" | "exportWh">[] {
  const sums = new Map<number, { from: number; importWh: number | null; exportWh: number | null }>();
  for (const { from, importWh, exportWh } of buckets) {
    const sum = sums.get(from) ?? { from, importWh: null, exportWh: null };
    sums.set(from, { from, importWh: plus(sum.importWh, importWh), exportWh: plus(sum.exportWh, exportWh) });
  }
  return [...sums.values()].sort((a, b) => a.from - b.from);
}
