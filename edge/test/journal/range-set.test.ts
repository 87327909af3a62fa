import fc from "fast-check";
import { expect, test } from "vitest";
import { RangeSet } from "../../src/journal/range-set.ts";

const MAX = 60;
const step = fc.record({ add: fc.boolean(), from: fc.nat(MAX), length: fc.nat(12) });

test("it behaves as a set of numbers does, and its ranges are sorted and never touch", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), fc.nat(MAX), fc.nat(MAX), (steps, a, b) => {
      const ranges = new RangeSet();
      const numbers = new Set<number>();
      for (const { add, from, length } of steps) {
        if (add) ranges.add(from, from + length);
        else ranges.remove(from, from + length);
        for (let number = from; number <= from + length; number++) {
          if (add) numbers.add(number);
          else numbers.delete(number);
        }
      }
      for (let number = 0; number <= MAX + 20; number++) expect(ranges.has(number)).toBe(numbers.has(number));
      let up = a;
      while (numbers.has(up)) up++;
      expect(ranges.gapUp(a)).toBe(up);
      let down = a;
      while (numbers.has(down)) down--;
      expect(ranges.gapDown(a)).toBe(down);
      const [low, high] = [Math.min(a, b), Math.max(a, b)];
      expect(ranges.count(low, high)).toBe(
        [...numbers].filter((number) => number >= low && number <= high).length,
      );
      for (const [position, [from, to]] of ranges.ranges.entries()) {
        expect(from).toBeLessThanOrEqual(to);
        const next = ranges.ranges[position + 1];
        if (next) expect(next[0]).toBeGreaterThan(to + 1);
      }
    }),
    { numRuns: 1_000 },
  );
});
