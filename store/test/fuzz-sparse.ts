import * as fc from "fast-check";
import { expect } from "vitest";
import { QUARTER_HOUR_MS, type NormalisedReading } from "@smp/schemas";
import type { EnergySteps, EnergyStretch, LatestReading, Store } from "../src/index.ts";
import { DAY, EXPORT, HOUR, IMPORT, MINUTE, newMeter, POWER, reading } from "./trial.ts";

/**
 * What lives of some days cannot show: meters that are silent for years, counters that come late or no more, exchanges that become
 * known while quarter hours wait, corrections that take a register away; asked after each batch, before and after the roll-up.
 */
interface Event {
  afterMs: number;
  kind: "import" | "export" | "both" | "power" | "extra" | "swap";
  wh: number;
  /** Came once before, with other registers. */
  corrected: boolean;
}
const event: fc.Arbitrary<Event> = fc.record({
  afterMs: fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(5 * MINUTE, QUARTER_HOUR_MS, HOUR) },
    { weight: 2, arbitrary: fc.integer({ min: 1, max: 40 }).map((days) => days * DAY + 7 * MINUTE) },
    { weight: 1, arbitrary: fc.integer({ min: 250 * DAY, max: 1_000 * DAY }) },
  ),
  kind: fc.constantFrom("import", "import", "both", "export", "power", "extra", "swap"),
  wh: fc.integer({ min: 0, max: 5_000 }),
  corrected: fc.boolean(),
});
const histories = fc.record({
  lives: fc.array(fc.array(event, { minLength: 2, maxLength: 8 }), { minLength: 4, maxLength: 4 }),
  shuffle: fc.array(fc.nat(), { maxLength: 40 }),
  cuts: fc.array(fc.nat(), { minLength: 2, maxLength: 2 }),
  swapsAt: fc.nat({ max: 2 }),
  upkeep: fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
  asked: fc.array(
    fc.record({
      index: fc.nat(),
      offsetMs: fc.integer({ min: -2 * DAY, max: 2 * DAY }),
      lengthMs: fc.constantFrom(QUARTER_HOUR_MS, DAY, 40 * DAY, 900 * DAY),
    }),
    { minLength: 3, maxLength: 3 },
  ),
});

export async function fuzzSparse(current: () => Store, runs: number): Promise<void> {
  const seed = process.env["SMP_SEED"];
  await fc.assert(
    fc.asyncProperty(histories, (given) => check(current(), given)),
    { numRuns: runs, ...(seed === undefined ? { endOnFailure: true } : { seed: Number(seed) }) },
  );
}

interface Meter {
  meter: string;
  first: NormalisedReading[];
  readings: NormalisedReading[];
  swaps: number[];
}

function play(events: readonly Event[]): Meter {
  const meter = newMeter();
  let [t, imported, exported] = [Date.UTC(2008, 5, 1), 10_000, 500];
  const swaps: number[] = [];
  const readings = events.map(({ afterMs, kind, wh }) => {
    if (kind === "swap") swaps.push(t + 1 + Math.floor(((afterMs - 1) * (wh % 11)) / 10));
    t += afterMs;
    imported = kind === "swap" ? wh : imported + wh;
    if (kind !== "import") exported += wh;
    return reading(meter, t, {
      ...(["import", "both", "swap"].includes(kind) && { [IMPORT]: imported }),
      ...(["export", "both"].includes(kind) && { [EXPORT]: exported }),
      ...(kind === "extra" ? { [`x-${wh % 3}`]: wh } : { [POWER]: wh }),
    });
  });
  const first = readings
    .filter((_, index) => events[index]?.corrected)
    .map((each) => ({ ...each, r: { [IMPORT]: 77_777, "x-1": 5, "1-0:32.7.0": 230 } }));
  return { meter, first, readings, swaps };
}

async function check(
  store: Store,
  given: typeof histories extends fc.Arbitrary<infer T> ? T : never,
): Promise<void> {
  const meters = given.lives.map(play);
  const last = meters.flatMap(({ readings }) => readings);
  for (const [from, to] of given.shuffle.entries()) {
    const [a, b] = [(from * 7) % last.length, to % last.length];
    [last[a], last[b]] = [last[b] as NormalisedReading, last[a] as NormalisedReading];
  }
  const sent = [...meters.flatMap(({ first }) => first), ...last];
  const bounds = [...given.cuts.map((cut) => cut % sent.length).sort((a, b) => a - b), sent.length];
  for (const [index, to] of bounds.entries()) {
    await store.append(sent.slice(bounds[index - 1] ?? 0, to));
    if (index === given.swapsAt)
      for (const { meter, swaps } of meters)
        if (swaps.length > 0)
          await store.putDocument({
            kind: "meter",
            id: meter,
            value: { swaps: swaps.map((at) => ({ at })) },
            t: 1,
          });
    if (given.upkeep[index]) await store.maintain();
    await store.settled();
    const known = meters.map(({ meter }) => storedOf(sent.slice(0, to), meter));
    expect(await store.latest(meters.map(({ meter }) => meter))).toEqual(known.flatMap(latestOracle));
  }
  const answersAreRight = async (): Promise<void> => {
    for (const { meter, readings, swaps } of meters)
      for (const { index, offsetMs, lengthMs } of given.asked) {
        const from = (readings[index % readings.length]?.t ?? 0) + offsetMs;
        const range = { from, to: from + lengthMs };
        expect(await store.energySteps({ meter, ...range })).toEqual(stepsOracle(readings, swaps, range));
      }
  };
  await answersAreRight();
  await store.maintain();
  await store.settled();
  await answersAreRight();
}

const storedOf = (sent: readonly NormalisedReading[], meter: string): NormalisedReading[] =>
  [...new Map(sent.filter((each) => each.meter === meter).map((each) => [each.t, each])).values()].sort(
    (a, b) => a.t - b.t,
  );

function latestOracle(stored: readonly NormalisedReading[]): LatestReading[] {
  const newest = stored.at(-1);
  if (!newest) return [];
  const { meter, device, t, received } = newest;
  const registers: LatestReading["registers"] = {};
  for (const each of stored)
    if (each.t >= t - 7 * DAY)
      for (const [code, value] of Object.entries(each.r)) registers[code] = { value, t: each.t };
  return [{ meter, device, t, received, registers }];
}

const quarterOf = (t: number): number => Math.floor(t / QUARTER_HOUR_MS) * QUARTER_HOUR_MS;

function stepsOracle(
  readings: readonly NormalisedReading[],
  swaps: readonly number[],
  { from, to }: { from: number; to: number },
): EnergySteps {
  const quarters = new Map(
    readings.map(({ t }) => [
      quarterOf(t),
      { importWh: null, exportWh: null } as Record<string, number | null>,
    ]),
  );
  const stretches: EnergyStretch[] = [];
  for (const [code, name] of [
    [IMPORT, "importWh"],
    [EXPORT, "exportWh"],
  ] as const) {
    const counts = readings.flatMap(({ t, r }) => (r[code] === undefined ? [] : [{ t, value: r[code] }]));
    for (const [index, after] of counts.entries()) {
      const before = counts[index - 1];
      if (!before || swaps.some((at) => before.t < at && at <= after.t)) continue;
      const wh = Math.max(after.value - before.value, 0);
      if (quarterOf(after.t) - quarterOf(before.t) > QUARTER_HOUR_MS)
        stretches.push({ from: before.t, to: after.t, importWh: null, exportWh: null, [name]: wh });
      else {
        const quarter = quarters.get(quarterOf(before.t));
        if (quarter) quarter[name] = (quarter[name] ?? 0) + wh;
      }
    }
  }
  return {
    quarters: [...quarters]
      .filter(([start]) => start < to && start + QUARTER_HOUR_MS > from)
      .map(([start, { importWh = null, exportWh = null }]) => ({ from: start, importWh, exportWh })),
    stretches: stretches.filter((stretch) => stretch.from < to && stretch.to > from),
  };
}
