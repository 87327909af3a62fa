import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { FaultOptions } from "../../src/simulator/faults.ts";
import { simulateRange } from "../../src/simulator/simulate-range.ts";
import type { SimulatedTelegram } from "../../src/simulator/telegram-encoder.ts";

const key = "000102030405060708090a0b0c0d0e0f";
const fromMs = Date.UTC(2026, 5, 21, 10);

function telegrams(faults: FaultOptions, count = 200, seed = 1): SimulatedTelegram[] {
  return [
    ...simulateRange({
      key,
      seed,
      faults,
      fromMs,
      toMs: fromMs + count * 5000,
      stepMs: 5000,
      installedAtMs: fromMs,
    }),
  ];
}

const delivered = ({ wire }: SimulatedTelegram): Buffer =>
  Buffer.concat(wire.pieces.map((piece) => piece.bytes));

test("without faults the line delivers the telegram as it is, and says so", () => {
  for (const telegram of telegrams({}, 20)) {
    expect(delivered(telegram)).toEqual(telegram.bytes);
    expect(telegram.wire).toMatchObject({ faults: [], readable: true });
  }
});

test.each(["lostBytes", "stuckBits", "duplicateFrame", "pauseBetweenSegments"] as const)(
  "%s strikes as often as asked, always the same telegrams",
  (fault) => {
    const struck = (seed: number): boolean[] =>
      telegrams({ [fault]: 0.3 }, 200, seed).map(({ wire }) => wire.faults.includes(fault));
    const share = struck(1).filter(Boolean).length / 200;
    expect(share).toBeGreaterThan(0.2);
    expect(share).toBeLessThan(0.4);
    expect(struck(1)).toEqual(struck(1));
    expect(struck(1)).not.toEqual(struck(2));
  },
);

describe("each fault is really on the line", () => {
  test("lost bytes: one to eight fewer, the rest in order", () => {
    for (const telegram of telegrams({ lostBytes: 1 }, 50)) {
      const got = delivered(telegram);
      const lost = telegram.bytes.length - got.length;
      expect(lost >= 1 && lost <= 8).toBe(true);
      const whole = Buffer.from(telegram.bytes);
      const same = got.findIndex((byte, index) => byte !== whole[index]);
      const start = same === -1 ? got.length : same;
      const fits = Array.from({ length: start + 1 }, (_, at) =>
        Buffer.concat([whole.subarray(0, at), whole.subarray(at + lost)]).equals(got),
      );
      expect(fits).toContain(true);
      expect(telegram.wire.readable).toBe(false);
    }
  });

  test("stuck bits: only added, never taken, and at least one", () => {
    for (const telegram of telegrams({ stuckBits: 1 }, 50)) {
      const got = delivered(telegram);
      expect(got).not.toEqual(telegram.bytes);
      expect(telegram.bytes.every((byte, index) => ((got[index] ?? 0) & byte) === byte)).toBe(true);
      expect(telegram.wire.readable).toBe(false);
    }
  });

  test("start in the middle: only the first telegram, only its beginning", () => {
    const seen = telegrams({ startMidTelegram: true }, 5);
    const [got] = seen.map(delivered);
    const [whole] = seen.map(({ bytes }) => Buffer.from(bytes));
    expect(got?.length).toBeLessThan(whole?.length ?? 0);
    expect(whole?.subarray(-(got?.length ?? 0))).toEqual(got);
    expect(seen.map(({ wire }) => wire.readable)).toEqual([false, true, true, true, true]);
    for (const telegram of seen.slice(1)) expect(delivered(telegram)).toEqual(telegram.bytes);
  });

  test("trailing zeros and a doubled frame leave the telegram readable", () => {
    for (const telegram of telegrams({ trailingZeros: 3, duplicateFrame: 1 }, 5)) {
      const whole = Buffer.from(telegram.bytes);
      expect(delivered(telegram)).toEqual(Buffer.concat([whole.subarray(0, 256), whole, Buffer.alloc(3)]));
      expect(telegram.wire.readable).toBe(true);
    }
  });

  test("the wrapped length: 252 bytes in the first frame, 68 01 01 68", () => {
    for (const telegram of telegrams({ wrappedLength: true }, 3)) {
      expect(Buffer.from(telegram.bytes).subarray(0, 4).toString("hex")).toBe("68010168");
      expect(telegram.wire.readable).toBe(true);
    }
  });

  test("a pause of more than a second between two segments", () => {
    for (const { wire } of telegrams({ pauseBetweenSegments: 1 }, 5)) {
      expect(wire.pieces.map((piece) => piece.pauseMs > 1000)).toEqual([false, true]);
      expect(wire.readable).toBe(false);
    }
  });
});

test("a telegram called readable always has its frames whole and in order on the line", () => {
  const probability = fc.constantFrom(0, 0.5, 1);
  const faults = fc.record({
    lostBytes: probability,
    stuckBits: probability,
    duplicateFrame: probability,
    pauseBetweenSegments: probability,
    startMidTelegram: fc.boolean(),
    trailingZeros: fc.integer({ min: 0, max: 5 }),
    wrappedLength: fc.boolean(),
  });
  const broken = (options: FaultOptions, seed: number): SimulatedTelegram[] =>
    telegrams(options, 5, seed).filter(
      (telegram) => telegram.wire.readable && !delivered(telegram).includes(Buffer.from(telegram.bytes)),
    );
  fc.assert(
    fc.property(faults, fc.integer({ min: 0, max: 1000 }), (options, seed) => {
      expect(broken(options, seed)).toEqual([]);
    }),
    { numRuns: 60 },
  );
});
