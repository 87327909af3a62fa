import * as fc from "fast-check";
import { QUARTER_HOUR_MS, type NormalisedReading } from "@smp/schemas";
import { DAY, EXPORT, HOUR, IMPORT, MINUTE, POWER, reading } from "./trial.ts";

/** One step of a meter's life. */
interface Event {
  afterMs: number;
  kind: "rise" | "reset" | "suspect" | "power" | "export" | "swap";
  wh: number;
}

/** A meter's life, and how it reached the store. */
export interface MeterLife {
  events: readonly Event[];
  /** Readings sent once more before, with other values. */
  order: readonly number[];
}

/** Steps of seconds to days, with a liking for exact quarter hours and for the boundaries themselves. */
const event: fc.Arbitrary<Event> = fc.record({
  afterMs: fc.oneof(
    { weight: 5, arbitrary: fc.integer({ min: 1, max: 400 }).map((seconds) => seconds * 1000) },
    { weight: 3, arbitrary: fc.constantFrom(QUARTER_HOUR_MS, 2 * QUARTER_HOUR_MS, 5 * MINUTE, HOUR) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 40 }).map((hours) => hours * HOUR) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 3 * DAY }) },
  ),
  kind: fc.oneof(
    { weight: 8, arbitrary: fc.constant("rise" as const) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        "reset" as const,
        "suspect" as const,
        "power" as const,
        "export" as const,
        "swap" as const,
      ),
    },
  ),
  wh: fc.integer({ min: 0, max: 5_000 }),
});

const life: fc.Arbitrary<MeterLife> = fc.record({
  events: fc.array(event, { minLength: 1, maxLength: 60 }),
  order: fc.array(fc.nat(), { maxLength: 40 }),
});

/** Zones, and a time some hours before the clock changes there; Apia leaves out a day. */
const CLOCKS: readonly (readonly [string, string])[] = [
  ["Europe/Vienna", "2026-03-28T18:00:00Z"],
  ["Europe/Vienna", "2026-10-24T20:15:00Z"],
  ["Europe/Vienna", "2026-01-31T22:00:00Z"],
  ["Australia/Lord_Howe", "2026-04-04T09:00:00Z"],
  ["Australia/Lord_Howe", "2026-10-03T09:00:00Z"],
  ["America/Havana", "2026-03-07T22:00:00Z"],
  ["America/Sao_Paulo", "2018-11-03T20:00:00Z"],
  ["America/St_Johns", "2026-11-01T00:00:00Z"],
  ["Asia/Kathmandu", "2026-06-30T12:00:00Z"],
  ["Pacific/Apia", "2011-12-29T12:00:00Z"],
  ["UTC", "2026-12-31T08:00:00Z"],
];

/** Meters whose readings reach the store together: late, replayed and corrected, in batches of any size and order. */
export interface Histories {
  clock: readonly [tz: string, start: string];
  lives: readonly MeterLife[];
  cuts: readonly number[];
  shuffle: readonly number[];
  /** In which batch the exchanges become known. */
  swapsAt: number;
  /** After which batches the store rolls up. */
  upkeep: readonly boolean[];
}

export const histories = (meters: number): fc.Arbitrary<Histories> =>
  fc.record({
    clock: fc.constantFrom(...CLOCKS),
    lives: fc.array(life, { minLength: meters, maxLength: meters }),
    cuts: fc.array(fc.nat(), { maxLength: 4 }),
    shuffle: fc.array(fc.nat(), { maxLength: 100 }),
    swapsAt: fc.nat({ max: 5 }),
    upkeep: fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }),
  });

/** What a life leaves: readings as they end up, and the exchanges. */
export function play(
  meter: string,
  { events }: MeterLife,
  start: number,
): { readings: NormalisedReading[]; swaps: number[] } {
  let t = start;
  let counter = 10_000;
  let exported = 500;
  const swaps: number[] = [];
  const readings = events.map(({ afterMs, kind, wh }) => {
    const before = t;
    t += afterMs;
    if (kind === "suspect")
      return reading(meter, t, { [IMPORT]: counter * 3 + wh, [POWER]: wh }, { quality: ["suspect"] });
    // Not `-wh`: of 0 and -0 an engine may give either as the least, and JSON has no -0.
    if (kind === "power") return reading(meter, t, { [POWER]: 0 - wh });
    if (kind === "swap") {
      // Somewhere in the step, its ends included; the new meter stands higher or lower.
      swaps.push(before + 1 + Math.floor(((afterMs - 1) * (wh % 11)) / 10));
      counter = wh % 2 === 0 ? counter * 5 : wh;
      exported = wh;
    }
    counter = kind === "reset" ? wh : counter + wh;
    if (kind === "export") exported += wh;
    return reading(meter, t, {
      [IMPORT]: counter,
      ...(wh % 2 === 0 && { [EXPORT]: exported }),
      [POWER]: wh,
    });
  });
  return { readings, swaps };
}

/** A reading as it first came, before it was corrected. */
export const stale = (correct: NormalisedReading): NormalisedReading => ({
  ...correct,
  r: { ...correct.r, [IMPORT]: 77_777, [EXPORT]: 3, "x-stale": 1 },
  received: correct.received + 1,
});

/** All that is sent, in order: corrections come after what they correct, everything else as the shuffle says. */
export function sent(
  lives: readonly { life: MeterLife; readings: readonly NormalisedReading[] }[],
  shuffle: readonly number[],
): NormalisedReading[] {
  const first = lives.flatMap(({ life: { order }, readings }) =>
    order.flatMap((index) => {
      const correct = readings[index % readings.length];
      return correct ? [stale(correct)] : [];
    }),
  );
  const last = lives.flatMap(({ readings }) => readings);
  for (const [from, to] of shuffle.entries()) {
    const [a, b] = [(from * 7) % last.length, to % last.length];
    [last[a], last[b]] = [last[b] as NormalisedReading, last[a] as NormalisedReading];
  }
  return [...first, ...last];
}
