import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SequenceNumbers } from "../../src/checks/sequence.ts";

/** Notes numbers of one device, each a second newer than the last. */
function noted(numbers: readonly number[], sequence = new SequenceNumbers()) {
  const gaps = numbers
    .map((s, index) => sequence.note("m7", s, index * 1_000))
    .filter((gap) => gap !== undefined);
  return { gaps, missing: sequence.missing };
}

describe("sequence numbers", () => {
  test.each([
    ["in order miss nothing", [7, 8, 9], [], 0],
    ["with a hole tell it once", [1, 2, 6, 7], [{ from: 3, to: 5 }], 3],
    ["that come late fill the hole", [1, 2, 6, 3, 5, 4], [{ from: 3, to: 5 }], 0],
    ["that come late fill it in part", [1, 9, 4], [{ from: 2, to: 8 }], 6],
    ["that begin anew with newer readings are a new journal", [500, 501, 1, 2, 3], [], 0],
    ["of a new journal forget the old one's holes", [1, 500, 1, 2], [{ from: 2, to: 499 }], 0],
  ])("%s", (_, numbers, gaps, missing) => {
    expect(noted(numbers)).toEqual({ gaps, missing });
  });

  test("of a device that goes on elsewhere, and comes back, miss nothing of what it sent there", () => {
    const sequence = new SequenceNumbers();
    for (const s of [1, 5]) sequence.note("m7", s, s * 1_000);
    sequence.note("m8", 1, 1_000);
    sequence.forget("m7");
    expect(sequence.missing).toBe(0);
    expect([sequence.note("m7", 9, 9_000), sequence.note("m8", 3, 3_000)]).toEqual([
      undefined,
      { from: 2, to: 2 },
    ]);
  });

  test("that are sent once more miss nothing", () => {
    const sequence = new SequenceNumbers();
    for (const s of [1, 2, 3, 1, 2, 3, 4]) sequence.note("m7", s, s * 1_000);
    expect(sequence.missing).toBe(0);
  });

  test("that are sent once more leave the holes as they are, be it by a gateway that reads two meters at once", () => {
    for (const order of [
      [1, 9, 1],
      [1, 9, 4, 3, 4],
    ]) {
      const sequence = new SequenceNumbers();
      for (const s of order) sequence.note("m7", s, s * 1_000);
      expect(sequence.missing).toBe(7 - new Set(order).size + 2);
      expect(sequence.note("m7", 10, 10_000)).toBeUndefined();
    }
    const sequence = new SequenceNumbers();
    for (const s of [1, 5, 6, 5]) sequence.note("gateway", s, Math.min(s, 5) * 1_000);
    expect(sequence.missing).toBe(3);
  });

  test("that split the last hole they may have give up the oldest", () => {
    const sequence = new SequenceNumbers();
    for (let s = 0; s <= 32 * 4; s += 4) sequence.note("m7", s, s);
    expect(sequence.missing).toBe(32 * 3);
    sequence.note("m7", 32 * 4 - 2, 1);
    expect(sequence.missing).toBe(31 * 3 - 1);
  });

  test("are each device's own", () => {
    const sequence = new SequenceNumbers();
    sequence.note("a", 1, 1);
    sequence.note("b", 9, 1);
    expect([sequence.note("a", 2, 2), sequence.note("b", 10, 2)]).toEqual([undefined, undefined]);
  });

  test("are followed of so many devices, and so many holes, and no more", () => {
    const sequence = new SequenceNumbers(1);
    noted(
      Array.from({ length: 100 }, (_, index) => index * 2),
      sequence,
    );
    expect(sequence.missing).toBe(32);
    sequence.note("other", 1, 1);
    expect(sequence.missing).toBe(0);
  });

  test("in any order, all of them in the end, miss nothing when no hole was given up", () => {
    const order = fc.shuffledSubarray(
      Array.from({ length: 30 }, (_, index) => index + 1),
      { minLength: 30 },
    );
    fc.assert(
      fc.property(order, (numbers) => {
        const sequence = new SequenceNumbers();
        sequence.note("m7", 0, 0);
        for (const s of numbers) sequence.note("m7", s, s * 1_000);
        expect(sequence.missing).toBe(0);
      }),
    );
  });
});
