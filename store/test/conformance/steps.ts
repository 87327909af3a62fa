import { describe, expect, test } from "vitest";
import type { Store } from "../../src/index.ts";
import {
  at,
  DAY,
  EXPORT,
  HOUR,
  IMPORT,
  MINUTE,
  newMeter,
  POWER,
  reading,
  steady,
  trialOf,
} from "../trial.ts";

/** Energy where it passed, for money. */
export function stepConformance(current: () => Store): void {
  const { store, put } = trialOf(current);
  const t0 = at("2026-05-11T10:00:00Z");

  describe("energy steps", () => {
    test("are the quarter hours' energy, and each gap's once, from reading to reading", async () => {
      const meter = newMeter();
      await put(
        ...steady(meter, t0, t0 + 20 * MINUTE, MINUTE, 10),
        ...steady(meter, t0 + 50 * MINUTE, t0 + HOUR, MINUTE, 10, 1_700),
      );
      expect(await store().energySteps({ meter, from: t0, to: t0 + HOUR })).toEqual({
        quarters: [
          { from: t0, importWh: 150, exportWh: null },
          { from: t0 + 15 * MINUTE, importWh: 40, exportWh: null },
          { from: t0 + 45 * MINUTE, importWh: 90, exportWh: null },
        ],
        stretches: [{ from: t0 + 19 * MINUTE, to: t0 + 50 * MINUTE, importWh: 510, exportWh: null }],
      });
    });

    test("find the stretch that a range lies in, whose readings are all outside", async () => {
      const meter = newMeter();
      await put(
        reading(meter, t0 - 40 * DAY, { [IMPORT]: 1_000, [EXPORT]: 5 }),
        reading(meter, t0 + 50 * DAY, { [IMPORT]: 10_000, [EXPORT]: 5 }),
      );
      expect(await store().energySteps({ meter, from: t0, to: t0 + HOUR })).toEqual({
        quarters: [],
        stretches: [
          { from: t0 - 40 * DAY, to: t0 + 50 * DAY, importWh: 9_000, exportWh: null },
          { from: t0 - 40 * DAY, to: t0 + 50 * DAY, importWh: null, exportWh: 0 },
        ],
      });
    });

    test("find a stretch of years, also while its end waits to be rolled up, and years of other readings lie in it", async () => {
      const meter = newMeter();
      const seasons = Array.from({ length: 3 }, (_, season) =>
        reading(meter, t0 + (season - 2) * 300 * DAY, { [IMPORT]: 1_000 + season, [POWER]: 60 }),
      );
      await put(reading(meter, t0 - 900 * DAY, { [IMPORT]: 0, [EXPORT]: 5 }), ...seasons);
      await store().maintain();
      await put(reading(meter, t0 + 600 * DAY, { [IMPORT]: 10_000, [EXPORT]: 905 }));
      const asked = { meter, from: t0 + 40 * DAY, to: t0 + 41 * DAY };
      const expected = {
        quarters: [],
        stretches: [
          { from: t0, to: t0 + 600 * DAY, importWh: 8_998, exportWh: null },
          { from: t0 - 900 * DAY, to: t0 + 600 * DAY, importWh: null, exportWh: 900 },
        ],
      };
      expect(await store().energySteps(asked)).toEqual(expected);
      await store().maintain();
      await store().settled();
      expect(await store().energySteps(asked)).toEqual(expected);
      // Without a feed-in beyond the range there is no stretch of it, and one of a deleted past is gone.
      await store().deleteMeter(meter, { before: t0 - 400 * DAY });
      await store().settled();
      expect(await store().energySteps(asked)).toEqual({
        quarters: [],
        stretches: expected.stretches.slice(0, 1),
      });
    });

    test("of a meter that counts rarely and tells its power often are its stretches", async () => {
      const meter = newMeter();
      const powers = Array.from({ length: 24 * 12 }, (_, i) =>
        reading(meter, t0 + i * 5 * MINUTE, { [POWER]: 60 }),
      );
      const counts = [0, 6, 12, 18].map((hour) =>
        reading(meter, t0 + hour * HOUR, { [IMPORT]: 1_000 + hour * 60, [POWER]: 60 }),
      );
      await put(...powers, ...counts);
      const { quarters, stretches } = await store().energySteps({
        meter,
        from: t0 + 7 * HOUR,
        to: t0 + 8 * HOUR,
      });
      expect(quarters.map(({ importWh }) => importWh)).toEqual([null, null, null, null]);
      expect(stretches).toEqual([{ from: t0 + 6 * HOUR, to: t0 + 12 * HOUR, importWh: 360, exportWh: null }]);
    });

    test("across the exchange of a meter there is none, and an unknown meter has none", async () => {
      const meter = newMeter();
      await put(reading(meter, t0, { [IMPORT]: 500 }), reading(meter, t0 + 2 * HOUR, { [IMPORT]: 800 }));
      await store().putDocument({
        kind: "meter",
        id: meter,
        value: { swaps: [{ at: t0 + HOUR }] },
        t: t0,
      });
      const { stretches } = await store().energySteps({ meter, from: t0, to: t0 + DAY });
      expect(stretches).toEqual([]);
      const nobody = await store().energySteps({ meter: "nobody", from: t0, to: t0 + DAY });
      expect(nobody).toEqual({ quarters: [], stretches: [] });
    });
  });
}
