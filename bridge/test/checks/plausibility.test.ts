import * as fc from "fast-check";
import { MINUTE_MS, type NormalisedReading } from "@smp/schemas";
import { describe, expect, test } from "vitest";
import { Plausibility } from "../../src/checks/plausibility.ts";

const IMPORT = "1-0:1.8.0";
const EXPORT = "1-0:2.8.0";
const START = 1_780_000_000_000;
const LIMIT_W = 10_000;

const reading = (minute: number, importWh: number, more: Record<string, number> = {}): NormalisedReading => ({
  meter: "m7",
  device: "m7",
  t: START + minute * MINUTE_MS,
  received: START + minute * MINUTE_MS,
  r: { [IMPORT]: importWh, ...more },
});
const isSuspect = ({ quality }: NormalisedReading): boolean => quality?.includes("suspect") === true;

/** Judges counters, one a minute; the marks in order, and what a store with the key (meter, t) holds at the end. */
function judged(values: readonly number[], watch = new Plausibility(() => LIMIT_W)) {
  const stored = new Map<number, NormalisedReading>();
  const marks = values.map((value, minute) => {
    const { reading: marked, readings } = watch.judge(reading(minute, value));
    for (const one of readings) stored.set(one.t, one);
    return isSuspect(marked) ? "?" : ".";
  });
  return {
    marks: marks.join(""),
    stored: [...stored.values()].map((one) => (isSuspect(one) ? "?" : ".")).join(""),
  };
}

describe("a counter in sequence", () => {
  test.each([
    ["that rises is taken", [1e7, 1e7 + 100, 1e7 + 200, 1e7 + 200], "....", "...."],
    [
      "with a false 0 has that one reading marked",
      [1e7, 1e7 + 100, 0, 1e7 + 200, 1e7 + 300],
      "..?..",
      "..?..",
    ],
    ["with a spike has that one reading marked", [1e7, 9e9, 1e7 + 100, 1e7 + 200], ".?..", ".?.."],
    [
      "that was reset is taken again with the third further reading",
      [1e7, 5, 9, 12, 20, 25],
      ".???..",
      "......",
    ],
    [
      "that jumped is taken again with the third further reading",
      [1e3, 1e8, 1e8, 1e8 + 1, 1e8 + 2],
      ".???.",
      ".....",
    ],
    [
      "that comes back after three false readings has them marked",
      [1e7, 5, 6, 7, 1e7 + 100, 1e7 + 200],
      ".???..",
      ".???..",
    ],
    [
      "with false readings that contradict each other stays suspect",
      [1e7, 5, 9e9, 3, 8e9, 2, 1e7],
      ".?????.",
      ".?????.",
    ],
    [
      "that was right in between has false readings counted anew",
      [1e7, 5, 6, 1e7 + 100, 7, 8, 9, 1e7 + 200],
      ".??.???.",
      ".??.???.",
    ],
    ["that was reset and then falls is suspect again", [1e7, 5, 9, 12, 200, 100, 210], ".???.?.", ".....?."],
    ["that moves in whole kWh is taken", [1e6, 1e6, 1e6 + 1000, 1e6 + 1000, 1e6 + 2000], ".....", "....."],
  ])("%s", (_, values, marks, stored) => {
    expect(judged(values)).toEqual({ marks, stored });
  });

  test("may rise by 1.5 times what the connection allows in the time, and by a step of 1 kWh", () => {
    const hour = (value: number): boolean => {
      const watch = new Plausibility(() => LIMIT_W);
      watch.judge(reading(0, 0));
      return isSuspect(watch.judge(reading(60, value)).reading);
    };
    expect([hour(16_000), hour(16_001)]).toEqual([false, true]);
  });

  test("gives the suspects once more without the mark, before the reading that confirms them", () => {
    const watch = new Plausibility(() => LIMIT_W);
    const all = [1e7, 5, 9, 12, 20].map((value, minute) => reading(minute, value));
    const judgements = all.map((one) => watch.judge(one));
    // What is new about them arrives with the last one: who mirrors by the time of arrival sees it.
    const { received } = all.at(-1)!;
    expect(judgements.at(-1)?.readings).toEqual(all.slice(1).map((one) => ({ ...one, received })));
    expect(judgements.slice(0, -1).map(({ readings }) => readings.length)).toEqual([1, 1, 1, 1]);
  });

  test("is one of several: each is looked at, and one is enough", () => {
    const watch = new Plausibility(() => LIMIT_W);
    watch.judge(reading(0, 1e6, { [EXPORT]: 5e5 }));
    expect(isSuspect(watch.judge(reading(1, 1e6 + 10, { [EXPORT]: 0 })).reading)).toBe(true);
    expect(isSuspect(watch.judge(reading(2, 1e6 + 20)).reading)).toBe(false);
    expect(isSuspect(watch.judge(reading(3, 1e6 + 30, { [EXPORT]: 5e5 })).reading)).toBe(false);
  });

  test("keeps what else is known of a reading", () => {
    const watch = new Plausibility(() => LIMIT_W);
    watch.judge(reading(0, 1e7));
    const given: NormalisedReading = { ...reading(1, 0), quality: ["server-time"] };
    expect(watch.judge(given).reading.quality).toEqual(["server-time", "suspect"]);
    expect(given.quality).toEqual(["server-time"]);
  });
});

describe("a reading out of order", () => {
  const withLevel = (): Plausibility => {
    const watch = new Plausibility(() => LIMIT_W);
    watch.judge(reading(0, 1e6));
    watch.judge(reading(60, 1e6 + 5_000));
    return watch;
  };

  test("such as one from a journal is taken where it lies below the newest", () => {
    expect(isSuspect(withLevel().judge(reading(30, 1e6 + 2_000)).reading)).toBe(false);
  });

  test("is suspect above the newest, and too far below it", () => {
    expect(isSuspect(withLevel().judge(reading(30, 1e6 + 6_000)).reading)).toBe(true);
    expect(isSuspect(withLevel().judge(reading(30, 0)).reading)).toBe(true);
  });

  test("that came before and is sent once more gets the same mark, and confirms nothing", () => {
    const watch = withLevel();
    const suspect = reading(61, 3);
    for (let repeat = 0; repeat < 6; repeat++) expect(isSuspect(watch.judge(suspect).reading)).toBe(true);
    expect(isSuspect(watch.judge(reading(62, 1e6 + 5_100)).reading)).toBe(false);
  });

  test("is taken where nothing was used until the newest, and where that counter came last before it", () => {
    const watch = new Plausibility(() => LIMIT_W);
    judged([1e6, 1e6 + 100], watch);
    watch.judge({ ...reading(4, 0), r: { [EXPORT]: 5 } });
    expect(isSuspect(watch.judge(reading(0.5, 1e6 + 100)).reading)).toBe(false);
    expect(isSuspect(watch.judge(reading(3, 1e6 + 200)).reading)).toBe(false);
  });

  test("of the same time and with other counters is taken, and told", () => {
    const watch = withLevel();
    expect(watch.judge(reading(60, 1e6 + 5_000)).replaces).toBe(false);
    expect(watch.judge(reading(60, 1e6 + 4_999))).toMatchObject({
      replaces: true,
      reading: { t: START + 3_600_000 },
    });
  });
});

describe("a second reading of the newest one's time", () => {
  const again = (value: number, next: readonly number[]) => {
    const watch = new Plausibility(() => LIMIT_W);
    const stored = new Map<number, NormalisedReading>();
    const marks = [reading(0, 1e7), reading(1, 1e7 + 50), reading(1, value)]
      .concat(next.map((later, index) => reading(index + 2, later)))
      .map((one) => {
        const { reading: marked, readings } = watch.judge(one);
        for (const kept of readings) stored.set(kept.t, kept);
        return isSuspect(marked) ? "?" : ".";
      });
    return { marks: marks.join(""), left: [...stored.values()].filter(isSuspect).map(({ t }) => t) };
  };
  const SECOND = START + MINUTE_MS;

  test.each([0, 9e9])("that is %d is no correction: the next one would be 12 MWh away from it", (value) => {
    expect(again(value, [1e7 + 100, 1e7 + 150])).toEqual({ marks: "..?..", left: [SECOND] });
  });

  test("is a correction up to 1 kWh", () => {
    const differing = (wh: number): string => again(1e7 + 50 + wh, []).marks;
    expect([-1_000, 1_000, -1_001, 1_001].map(differing)).toEqual(["...", "...", "..?", "..?"]);
  });

  test("is what later ones are compared with, where it is a correction", () => {
    expect(again(1e7 - 900, [1e7 - 850, 1e7 - 800]).marks).toBe(".....");
    expect(again(1e7 + 900, [1e7 + 800]).marks).toBe("...?");
  });

  test.each([
    [0, 500],
    [1e7, 9e9],
  ])("is looked at counter by counter, and told where one differs: %d, %d", (imported, exported) => {
    const watch = new Plausibility(() => LIMIT_W);
    watch.judge(reading(0, 1e7, { [EXPORT]: 500 }));
    const { reading: marked, replaces } = watch.judge(reading(0, imported, { [EXPORT]: exported }));
    expect([isSuspect(marked), replaces]).toEqual([true, true]);
  });

  test("is a correction where others confirm it, and then nothing stays marked", () => {
    expect(again(5, [6, 7, 8, 9])).toEqual({ marks: "..???..", left: [] });
  });
});

describe("the memory", () => {
  test("of what the store holds makes the first reading after a restart comparable", () => {
    const watch = new Plausibility(() => LIMIT_W);
    watch.seed("m7", {
      [IMPORT]: { value: 1e7, t: START - MINUTE_MS },
      "1-0:32.7.0": { value: 230, t: START },
    });
    expect(judged([0, 1e7 + 10, 1e7 + 20], watch).marks).toBe("?..");
  });

  test("of counters of several times begins after the newest of them", () => {
    const watch = new Plausibility(() => LIMIT_W);
    watch.seed("m7", {
      [IMPORT]: { value: 1e6, t: START + 2 * MINUTE_MS },
      [EXPORT]: { value: 50, t: START },
    });
    expect(isSuspect(watch.judge(reading(1, 1e6 - 10)).reading)).toBe(false);
  });

  test("without it the first reading is taken", () => {
    expect(judged([0, 100, 200]).marks).toBe("...");
  });

  test("of a deleted meter is gone, and its suspect readings never come again", () => {
    const watch = new Plausibility(() => LIMIT_W);
    for (const [minute, value] of [1e7, 5, 6, 7].entries()) watch.judge(reading(minute, value));
    watch.forget("m7");
    expect(watch.judge(reading(4, 8)).readings).toEqual([reading(4, 8)]);
  });

  test("is bounded: of more meters the first one begins anew", () => {
    const watch = new Plausibility(() => LIMIT_W, 2);
    const of = (meter: string, minute: number, value: number): boolean =>
      isSuspect(watch.judge({ ...reading(minute, value), meter }).reading);
    of("a", 0, 1e6);
    of("b", 0, 1e6);
    of("c", 0, 1e6);
    expect([of("c", 1, 0), of("b", 1, 0), of("a", 1, 0)]).toEqual([true, true, false]);
  });
});

describe("whatever counters come", () => {
  const values = fc.array(fc.oneof(fc.integer({ min: 0, max: 3_000 }), fc.constantFrom(0, 1e6, 1e7, 9e9)), {
    minLength: 1,
    maxLength: 60,
  });

  test("nothing is lost, and what is not marked in the store never makes an impossible step", () => {
    fc.assert(
      fc.property(values, (list) => {
        const watch = new Plausibility(() => LIMIT_W);
        const stored = new Map<number, NormalisedReading>();
        let steps = 0;
        for (const [minute, value] of list.entries()) {
          const { readings } = watch.judge(reading(minute, value));
          for (const one of readings) stored.set(one.t, one);
          if (readings.length > 1) steps++;
        }
        expect([...stored.values()].map(({ r }) => r[IMPORT])).toEqual(list);
        const counted = [...stored.values()].filter((one) => !isSuspect(one));
        const impossible = counted.slice(1).filter((one, index) => {
          const before = counted[index];
          if (!before) return false;
          const step = (one.r[IMPORT] ?? 0) - (before.r[IMPORT] ?? 0);
          return step < 0 || step > 1_000 + (1.5 * LIMIT_W * (one.t - before.t)) / 3_600_000;
        });
        // Only a level that three further readings confirmed.
        expect(impossible.length).toBe(steps);
      }),
      { numRuns: 500 },
    );
  });

  test("a counter that only rises as it can is never marked", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 250 }), { maxLength: 60 }), (steps) => {
        let counter = 1e6;
        const list = steps.map((step) => (counter += step));
        expect(judged(list).marks).toBe(".".repeat(list.length));
      }),
    );
  });
});
