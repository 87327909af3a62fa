import { describe, expect, test } from "vitest";
import { QUARTER_HOUR_MS, type NormalisedReading, type RejectedMessage } from "@smp/schemas";
import type { RawQuery, Store } from "../../src/index.ts";
import {
  at,
  DAY,
  EXPORT,
  HOUR,
  IMPORT,
  importOf,
  MINUTE,
  newMeter,
  POWER,
  reading,
  steady,
  trialOf,
} from "../trial.ts";

/** Exchanges and deletions of meters, whole ranges, and readings in order of arrival. */
export function meterConformance(current: () => Store): void {
  const { store, put, rawOf, series } = trialOf(current);
  const t0 = at("2026-05-11T10:00:00Z");
  const swap = (meter: string, ...times: number[]): Promise<void> =>
    store().putDocument({ kind: "meter", id: meter, value: { swaps: times.map((t) => ({ at: t })) }, t: t0 });

  describe("a range as one bucket", () => {
    test("is the counter's difference, also of a meter that counts rarely and tells its power often", async () => {
      const meter = newMeter();
      const powers = Array.from({ length: 24 * 12 }, (_, i) =>
        reading(meter, t0 + i * 5 * MINUTE, { [POWER]: 60 }),
      );
      const counts = [0, 6, 12, 18].map((hour) =>
        reading(meter, t0 + hour * HOUR, { [IMPORT]: 1_000 + hour * 60, [POWER]: 60 }),
      );
      await put(...powers, ...counts);
      // No bucket holds two counters, and there is no gap: only the range knows.
      expect(importOf(await series(meter, t0, t0 + DAY, "1h"))).toEqual(
        Array.from({ length: 24 }, () => null),
      );
      expect(await store().gaps({ meter, from: t0, to: t0 + DAY })).toEqual([]);
      expect(await series(meter, t0 + MINUTE, t0 + DAY - MINUTE, "range", "Europe/Vienna")).toMatchObject([
        {
          from: t0,
          to: t0 + DAY,
          importWh: 18 * 60,
          importUnallocatedWh: 18 * 60,
          quartersSeen: 96,
          quarters: 96,
        },
      ]);
      expect(await series(meter, t0, t0, "range")).toEqual([]);
    });

    test("comes with the buckets of any resolution, of one meter and of several, as if it were asked for", async () => {
      const meters = [newMeter(), newMeter()];
      for (const [index, meter] of meters.entries())
        await put(
          ...steady(meter, t0, t0 + 5 * HOUR, 10 * MINUTE, 3 + index),
          ...steady(meter, t0 + 9 * HOUR, t0 + 3 * DAY, HOUR, 7),
        );
      const range = { from: t0 - DAY, to: t0 + 2 * DAY, tz: "Asia/Kathmandu" };
      for (const resolution of ["15m", "1h", "day", "month"] as const)
        for (const perMeter of [true, false]) {
          const query = { meters, ...range, resolution, perMeter };
          const buckets = await store().series(query);
          const whole = { from: buckets[0]?.from ?? 0, to: buckets.at(-1)?.to ?? 0 };
          const asked = await store().seriesAndWhole({ ...query, ...whole });
          expect(asked.buckets).toEqual(buckets);
          expect(asked.whole).toEqual(await store().series({ ...query, ...whole, resolution: "range" }));
        }
      expect(
        await store().seriesAndWhole({ ...range, to: 0, meters, resolution: "1h", perMeter: true }),
      ).toEqual({
        buckets: [],
        whole: [],
      });
    });
  });

  describe("an exchange of the meter behind a device", () => {
    test("inside a quarter hour and between two: no difference is taken across it, up or down", async () => {
      const meter = newMeter();
      await put(
        ...[100, 110, 120, 90_000, 90_010, 90_020, 90_030, 5, 15].map((value, index) =>
          reading(meter, t0 + index * 5 * MINUTE, { [IMPORT]: value, [EXPORT]: value }),
        ),
      );
      const [first, second] = [t0 + 15 * MINUTE, t0 + 33 * MINUTE];
      expect(importOf(await series(meter, t0, t0 + HOUR))).not.toEqual([20, 30, 10]);
      await swap(meter, first, second);
      const before = [20, 30, 10];
      expect(importOf(await series(meter, t0, t0 + HOUR))).toEqual(before);
      for (const resolution of ["1h", "day", "range"] as const) {
        expect(importOf(await series(meter, t0, t0 + HOUR, resolution))).toEqual([60]);
      }
      await store().maintain();
      expect(importOf(await series(meter, t0, t0 + HOUR))).toEqual(before);
      // What comes late is cut too, and an exchange taken back counts again.
      await put(reading(meter, t0 + 34 * MINUTE, { [IMPORT]: 2 }));
      expect(importOf(await series(meter, t0, t0 + HOUR))).toEqual([20, 30, 13]);
      await swap(meter, second);
      expect(importOf(await series(meter, t0, t0 + HOUR))).toEqual([20 + 89_880, 30, 13]);
    });

    test("at the instant of a reading: that one is the new meter's; and taken back, its quarter hour counts as before", async () => {
      const meter = newMeter();
      await put(
        ...[1_000, 1_010, 5_000, 5_006, 5_009].map((value, index) =>
          reading(meter, t0 + index * 5 * MINUTE, { [IMPORT]: value }),
        ),
      );
      for (const [swaps, energy] of [
        [[t0 + 10 * MINUTE], [16, 3]],
        [[], [4_006, 3]],
      ] as const) {
        await swap(meter, ...swaps);
        expect(importOf(await series(meter, t0, t0 + 30 * MINUTE))).toEqual(energy);
        await store().maintain();
        expect(importOf(await series(meter, t0, t0 + 30 * MINUTE))).toEqual(energy);
      }
    });

    test("in a gap: the gap says so, and its energy is unknown", async () => {
      const meter = newMeter();
      await put(
        ...steady(meter, t0, t0 + HOUR, 5 * MINUTE, 10),
        ...steady(meter, t0 + 3 * HOUR, t0 + 4 * HOUR, 5 * MINUTE, 10, 700_000),
      );
      const [start, end] = [t0 + 55 * MINUTE, t0 + 3 * HOUR];
      expect(await store().gaps({ meter, from: t0, to: t0 + DAY })).toEqual([
        { from: start, to: end, reason: "no-readings", importWh: 698_890, exportWh: null },
      ]);
      await swap(meter, t0 + 2 * HOUR);
      expect(await store().gaps({ meter, from: t0, to: t0 + DAY })).toEqual([
        { from: start, to: end, reason: "meter-swap", importWh: null, exportWh: null },
      ]);
      expect(await series(meter, t0, t0 + DAY, "day")).toMatchObject([
        { importWh: 220, importUnallocatedWh: 0 },
      ]);
      await store().maintain();
      expect(await series(meter, t0, t0 + DAY, "day")).toMatchObject([
        { importWh: 220, importUnallocatedWh: 0 },
      ]);
    });

    test("known before the first reading comes", async () => {
      const meter = newMeter();
      await swap(meter, t0 + QUARTER_HOUR_MS);
      await put(
        ...[10, 20, 5_000, 5_010].map((value, index) =>
          reading(meter, t0 + index * 10 * MINUTE, { [IMPORT]: value }),
        ),
      );
      expect(importOf(await series(meter, t0, t0 + HOUR))).toEqual([10, 10, null]);
    });

    test("that cannot be understood is refused, and changes nothing", async () => {
      const meter = newMeter();
      const document = {
        kind: "meter",
        id: meter,
        value: { swaps: [{ at: "2026-01-01T00:00:00Z" }] },
        t: t0,
      };
      await expect(store().putDocument(document)).rejects.toMatchObject({
        code: "bad-document",
        retryable: false,
      });
      expect((await store().documents("meter")).filter(({ id }) => id === meter)).toEqual([]);
    });

    test("is one of several documents, of which all are kept or none", async () => {
      const [first, second] = [newMeter(), newMeter()];
      const of = (id: string, value: object) => ({ kind: "meter", id, value, t: t0 });
      const kept = async (): Promise<string[]> =>
        (await store().documents("meter")).map(({ id }) => id).filter((id) => id === first || id === second);
      const bad = of(second, { swaps: "yesterday" });
      await expect(store().putDocument(of(first, { name: "a" }), bad)).rejects.toMatchObject({
        code: "bad-document",
      });
      expect(await kept()).toEqual([]);
      await store().putDocument(of(first, { name: "a" }), of(second, { swaps: [{ at: t0 }] }));
      expect((await kept()).sort()).toEqual([first, second].sort());
    });
  });

  describe("a deleted meter", () => {
    const message = (device: string, received: number): RejectedMessage => ({
      device,
      topic: `sm/v1/${device}/reading`,
      code: "schema",
      detail: "no.",
      received,
      payload: "e30=",
    });

    test("is gone from every answer, does not come back with a replay, and begins anew", async () => {
      const [meter, other] = [newMeter(), newMeter()];
      const old = [
        ...steady(meter, t0, t0 + 3 * HOUR, 5 * MINUTE, 10),
        reading(meter, t0 + MINUTE, { "x-a": 1 }, { u: { "x-a": "Cel" } }),
        // Of a device whose clock is ahead.
        reading(meter, t0 + DAY + MINUTE, { [IMPORT]: 1_400 }, { received: t0 + DAY - 1 }),
        reading(meter, t0 + DAY + 2 * MINUTE, { [IMPORT]: 1_410 }, { received: t0 + DAY - 1 }),
      ];
      const ofOther = steady(other, t0, t0 + 3 * HOUR, 5 * MINUTE, 10);
      await put(...old, ...ofOther.slice(0, 10));
      await store().reject([message(meter, t0), message(other, t0)]);
      await store().putDocument({ kind: "meter", id: meter, value: { name: "Haus" }, t: t0 });
      await store().maintain();
      await put(...ofOther.slice(10));
      const before = t0 + DAY;
      await store().deleteMeter(meter, { before });
      // A word about an earlier time takes nothing back.
      await store().deleteMeter(meter, { before: t0 });
      expect(await store().deleted()).toContainEqual({ meter, before });

      const isGone = async (): Promise<void> => {
        expect(await rawOf(meter)).toEqual([]);
        expect(await series(meter, t0, t0 + DAY, "1h")).toEqual([]);
        expect(await series(meter, t0, t0 + 2 * DAY, "range")).toEqual([]);
        expect(await store().latest([meter])).toEqual([]);
        expect(await store().gaps({ meter, from: 0, to: t0 + DAY })).toEqual([]);
        expect((await store().meters()).map((summary) => summary.meter)).not.toContain(meter);
        expect(await store().rejected({ device: meter, limit: 10 })).toEqual([]);
        expect((await store().documents("meter")).map(({ id }) => id)).not.toContain(meter);
      };
      await isGone();
      await put(...old, reading(meter, t0 + DAY + MINUTE, { [IMPORT]: 5 }, { received: before - 1 }));
      await isGone();
      expect(await rawOf(other)).toEqual(ofOther);
      expect(importOf(await series(other, t0, t0 + DAY, "range"))).toEqual([350]);
      expect(await store().rejected({ device: other, limit: 10 })).toHaveLength(1);

      const again = reading(meter, t0 + MINUTE, { [POWER]: 1 }, { received: before });
      await put(again);
      const fresh = steady(meter, before, before + HOUR, 5 * MINUTE, 7);
      await put(...fresh);
      expect(await rawOf(meter)).toEqual([again, ...fresh]);
      expect(importOf(await series(meter, t0, before + HOUR, "range"))).toEqual([77]);
      expect((await store().meters()).find((summary) => summary.meter === meter)).toMatchObject({
        firstMs: again.t,
      });
      expect(await store().latest([meter])).toMatchObject([{ t: before + 55 * MINUTE }]);
    });

    test("loses only what was received before the time", async () => {
      const meter = newMeter();
      const all = steady(meter, t0, t0 + 3 * HOUR, 5 * MINUTE, 10);
      const before = t0 + 90 * MINUTE;
      await put(...all);
      await store().maintain();
      await store().deleteMeter(meter, { before });
      const left = all.filter(({ received }) => received >= before);
      expect(await rawOf(meter)).toEqual(left);
      expect(importOf(await series(meter, t0, t0 + 3 * HOUR, "day"))).toEqual([(left.length - 1) * 10]);
      expect(await store().latest([meter])).toMatchObject([{ t: left.at(-1)?.t }]);
      await store().deleteMeter("nobody", { before });
    });

    test("loses also what arrived while the clock was years ahead", async () => {
      const meter = newMeter();
      const before = t0 + 3 * HOUR;
      const ahead = t0 + 3_000 * DAY;
      const all = steady(meter, t0, before, 5 * MINUTE, 10);
      await put(...all.map((each, index) => (index % 2 === 0 ? { ...each, received: ahead } : each)));
      await store().reject([message(meter, ahead)]);
      await store().maintain();
      await store().deleteMeter(meter, { before, beyond: before + 10 * MINUTE });
      expect(await rawOf(meter)).toEqual([]);
      expect(await series(meter, t0, before, "1h")).toEqual([]);
      expect(await store().latest([meter])).toEqual([]);
      expect(await store().rejected({ device: meter, limit: 10 })).toEqual([]);
      const fresh = steady(meter, before, before + HOUR, 5 * MINUTE, 7);
      await put(...fresh);
      expect(await rawOf(meter)).toEqual(fresh);
    });
  });

  describe("readings by arrival", () => {
    test("come in order of arrival, each once, from a time or a place on, in pages", async () => {
      const meter = newMeter();
      // The first half was buffered by the device and arrives after the second.
      const all = steady(meter, t0, t0 + 12_000 * 5_000, 5_000, 1).map((each, index) => ({
        ...each,
        received: t0 + DAY + Math.floor((index < 6_000 ? index + 20_000 : index) / 500) * 1_000,
        ...(index % 1_000 === 0 && { r: { ...each.r, "x-a": index } }),
      }));
      await put(...all);
      const order = all.toSorted((a, b) => a.received - b.received || a.t - b.t);
      const arrived = async (query: Partial<RawQuery>): Promise<NormalisedReading[]> => {
        const found: NormalisedReading[] = [];
        for await (const page of store().raw({ meter, from: 0, to: at("2100-01-01"), ...query })) {
          expect(page.length).toBeLessThanOrEqual(10_000);
          found.push(...page);
        }
        return found;
      };
      expect(await arrived({ receivedFrom: 0 })).toEqual(order);
      const place = order[7_777] ?? all[0];
      const since = place?.received ?? 0;
      expect(await arrived({ receivedFrom: since })).toEqual(
        order.filter(({ received }) => received >= since),
      );
      const after = { received: since, t: place?.t ?? 0 };
      expect(await arrived({ receivedFrom: 0, after, limit: 10 })).toEqual(order.slice(7_778, 7_788));
      expect(await arrived({ receivedFrom: 0, from: t0 + HOUR, to: t0 + 2 * HOUR })).toEqual(
        order.filter(({ t }) => t >= t0 + HOUR && t < t0 + 2 * HOUR),
      );
      expect(await arrived({ receivedFrom: at("2027-01-01") })).toEqual([]);
    });
  });
}
