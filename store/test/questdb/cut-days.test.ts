import fc from "fast-check";
import { expect, test } from "vitest";
import { foldMeter, type Counter, type Quarter } from "../../src/energy/energy.ts";
import { completeCutDays, cutDaysOf, type CutDay, type Piece } from "../../src/questdb/cut-days.ts";
import { at, DAY, MINUTE } from "../trial.ts";

const Q = 15 * MINUTE;
const day = at("2026-03-31T00:00:00Z");

/** A quarter hour's counter: what it rose or fell by since the one before, and what it gained itself; or none. */
const counters = fc.option(
  fc.record({ rise: fc.integer({ min: -50, max: 50 }), gained: fc.option(fc.integer({ min: 0, max: 9 })) }),
);
const quarters = fc.uniqueArray(
  fc.record({ index: fc.integer({ min: 0, max: 95 }), imported: counters, exported: counters }),
  { minLength: 1, maxLength: 96, selector: ({ index }) => index },
);
const cuts = fc.uniqueArray(fc.integer({ min: 1, max: 95 }), { minLength: 1, maxLength: 3 });

type Told = { rise: number; gained: number | null } | null;
function dayOf(list: readonly { index: number; imported: Told; exported: Told }[]): Quarter[] {
  const last = { imported: 1_000, exported: 1_000 };
  const counter = (name: keyof typeof last, from: number, told: Told): Counter | null => {
    if (!told) return null;
    const first = last[name] + told.rise;
    last[name] = first + (told.gained ?? 0);
    const lastMs = told.gained === null ? from + MINUTE : from + 9 * MINUTE;
    return { first, last: last[name], gained: told.gained, firstMs: from + MINUTE, lastMs };
  };
  return list
    .toSorted((a, b) => a.index - b.index)
    .map(({ index, ...told }) => {
      const from = day + index * Q;
      const [imported, exported] = [
        counter("imported", from, told.imported),
        counter("exported", from, told.exported),
      ];
      const power = { powerSum: 0, powerCount: 0, powerMin: null, powerMax: null };
      return {
        meter: "m",
        from,
        readings: 2,
        firstMs: from,
        lastMs: from + Q - 1,
        imported,
        exported,
        ...power,
      };
    });
}

/** A stretch as one, as the server adds it up: with what passed between its rows, or without. */
function pieceOf(
  all: readonly Quarter[],
  stretch: number,
  from: number,
  isWhole: boolean,
): Piece | undefined {
  const [first, last] = [all[0], all.at(-1)];
  if (!first || !last) return undefined;
  const [sum] = foldMeter(all, [day, day + DAY], []);
  const counter = (
    name: "imported" | "exported",
    energyWh: number | null,
    unallocated: number,
  ): Counter | null => {
    const own = all.flatMap((quarter) => quarter[name] ?? []);
    const [start, end] = [own[0], own.at(-1)];
    if (!start || !end) return null;
    const gains = own.flatMap(({ gained }) => gained ?? []);
    const alone = gains.length === 0 ? null : gains.reduce((a, b) => a + b, 0);
    const gained = isWhole ? energyWh : alone;
    return { ...start, last: end.last, lastMs: end.lastMs, gained, unallocated: isWhole ? unallocated : 0 };
  };
  const quarter = {
    ...first,
    from,
    seen: all.length,
    readings: all.length * 2,
    lastMs: last.lastMs,
    imported: counter("imported", sum?.importWh ?? null, sum?.importUnallocatedWh ?? 0),
    exported: counter("exported", sum?.exportWh ?? null, sum?.exportUnallocatedWh ?? 0),
  };
  const count = (name: "imported" | "exported"): number => all.filter((each) => each[name]).length;
  return { stretch, quarter, counts: { imported: count("imported"), exported: count("exported") } };
}

function piecesOf(all: readonly Quarter[], starts: readonly number[], lacking?: number): Piece[] {
  return starts.flatMap((start, stretch) => {
    const end = starts[stretch + 1] ?? day + DAY;
    const own = all.filter(({ from }) => from >= start && from < end);
    return pieceOf(own, stretch, start, stretch !== lacking) ?? [];
  });
}

function rowOf(all: readonly Quarter[]): Record<string, unknown> {
  const [sum] = foldMeter(all, [day, day + DAY], []);
  return {
    meter: "m",
    q_us: day * 1000,
    n: sum?.readings,
    imp_gained: sum?.importWh,
    imp_unallocated: sum?.importUnallocatedWh,
    exp_gained: sum?.exportWh,
    exp_unallocated: sum?.exportUnallocatedWh,
  };
}

const cutAt = (indexes: readonly number[]): { starts: number[]; cutDay: CutDay } => {
  const starts = [0, ...indexes.toSorted((a, b) => a - b)].map((index) => day + index * Q);
  const [cutDay] = cutDaysOf(starts, day + DAY, () => true);
  if (!cutDay) throw new Error("a day with two pieces is cut");
  return { starts, cutDay };
};

test("a cut day's longest piece gets from the day's row what looking at its rows one by one would give", () => {
  fc.assert(
    fc.property(quarters, cuts, (list, indexes) => {
      const all = dayOf(list);
      const { starts, cutDay } = cutAt(indexes);
      const pieces = piecesOf(all, starts, cutDay.longest);
      expect(completeCutDays(pieces, [rowOf(all)], [cutDay])).toBe(true);
      expect(pieces).toEqual(piecesOf(all, starts));
    }),
    { numRuns: 500 },
  );
});

test("a row that knows more, or less, than the pieces is not used", () => {
  const all = dayOf(
    [4, 5, 60, 95].map((index) => ({ index, imported: { rise: 10, gained: 1 }, exported: null })),
  );
  const { starts, cutDay } = cutAt([92]);
  const told = (row: Record<string, unknown>): boolean =>
    completeCutDays(piecesOf(all, starts, cutDay.longest), [{ ...rowOf(all), ...row }], [cutDay]);
  expect(told({})).toBe(true);
  expect(told({ n: 9 })).toBe(false);
  expect(told({ imp_gained: 1 })).toBe(false);
  expect(told({ exp_gained: 5 })).toBe(false);
  expect(told({ meter: "another" })).toBe(false);
});

test("a day that the range holds in part, or that is dirty, is looked at row by row", () => {
  const starts = [day + 92 * Q, day + DAY, day + 2 * DAY - 4 * Q];
  expect(cutDaysOf(starts, day + 2 * DAY, () => true)).toEqual([
    { from: day + DAY, pieces: [1, 2], longest: 1 },
  ]);
  expect(cutDaysOf(starts, day + 2 * DAY - Q, () => true)).toEqual([]);
  expect(cutDaysOf(starts, day + 2 * DAY, () => false)).toEqual([]);
});
