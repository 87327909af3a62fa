import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { RejectedMessage } from "@smp/schemas";
import type { Bucket, Store } from "../src/index.ts";
import { meterConformance } from "./conformance/meters.ts";
import { retentionConformance } from "./conformance/retention.ts";
import { stepConformance } from "./conformance/steps.ts";
import { fuzzEnergy } from "./fuzz.ts";
import { fuzzSparse } from "./fuzz-sparse.ts";
import { oracle } from "./oracle.ts";
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
  total,
  trialOf,
  type StoreUnderTest,
} from "./trial.ts";

/** Every promise of the Store contract, for any adapter. Each test has meters of its own, so one store serves them all. */
export function storeConformance(
  name: string,
  makeStore: () => Promise<StoreUnderTest>,
  options: { histories?: number; retention?: boolean } = {},
): void {
  describe(`${name} keeps the store's promises`, () => {
    let underTest: StoreUnderTest;
    let store: Store;

    beforeAll(async () => {
      underTest = await makeStore();
      store = await underTest.open();
    });
    afterAll(async () => {
      await store.close();
      await underTest.remove();
    });

    const { put, rawOf, series } = trialOf(() => store);

    describe("readings", () => {
      const t0 = at("2026-03-01T10:00:00Z");

      test("come back as they came, to the last digit, registers without a column and units included", async () => {
        const meter = `${newMeter()}.1KFM0200123456`;
        const readings = [
          reading(
            meter,
            t0,
            { [IMPORT]: 16_777_217, [EXPORT]: 2 ** 53 - 1, "1-0:32.7.0": 230.4, "1-0:99.7.0": 1_234_567.8 },
            { s: 48_211 },
          ),
          reading(
            meter,
            t0 + 5_000,
            { [POWER]: -413, "x-room_temperature": 21.3, "x-count": 2 ** 53 - 1 },
            {
              u: { "x-room_temperature": "Cel" },
              quality: ["server-time"],
            },
          ),
          reading(
            meter,
            t0 + 10_000,
            { [IMPORT]: 0, "1-0:32.7.0": 0.1 + 0.2 },
            { quality: ["server-time", "suspect"], received: t0 + 9_000_000 },
          ),
        ];
        for (const each of readings) await put(each);
        expect(await rawOf(meter)).toEqual(readings);
        expect(await rawOf(meter, t0 + 1, t0 + 10_000)).toEqual(readings.slice(1, 2));
        expect(await rawOf(meter, 0, t0 + DAY, 2)).toEqual(readings.slice(0, 2));
      });

      test("appended again change nothing", async () => {
        const meter = newMeter();
        const readings = steady(meter, t0, t0 + HOUR, 5_000, 1);
        await put(...readings);
        const before = await series(meter, t0, t0 + HOUR);
        await put(...readings);
        await put(...readings.slice(100, 300), ...readings.slice(0, 50));
        expect(await rawOf(meter)).toEqual(readings);
        expect(await series(meter, t0, t0 + HOUR)).toEqual(before);
      });

      test("with the same key twice in a batch: the last one wins", async () => {
        const meter = newMeter();
        const last = reading(meter, t0, { [IMPORT]: 7, "x-b": 2 });
        await put(
          reading(meter, t0, { [IMPORT]: 5, "x-a": 1 }),
          reading(meter, t0 + MINUTE, { [IMPORT]: 9 }),
          reading(meter, t0, { [IMPORT]: 6, "x-a": 1 }),
          last,
        );
        expect(await rawOf(meter)).toEqual([last, reading(meter, t0 + MINUTE, { [IMPORT]: 9 })]);
        const [latest] = await store.latest([meter]);
        expect(Object.keys(latest?.registers ?? {}).sort()).toEqual([IMPORT, "x-b"]);
      });

      test("N48: with the same key and other values correct the earlier one wholly, also when it is the newest", async () => {
        const meter = newMeter();
        await put(
          reading(meter, t0, { [IMPORT]: 100, "x-a": 1 }),
          reading(meter, t0 + MINUTE, { [IMPORT]: 200, [POWER]: 5, "x-a": 2 }),
        );
        const corrected = reading(meter, t0 + MINUTE, { [IMPORT]: 150 }, { received: t0 + HOUR });
        await put(corrected);
        expect((await rawOf(meter))[1]).toEqual(corrected);
        expect(importOf(await series(meter, t0, t0 + HOUR))).toEqual([50]);
        expect(await store.latest([meter])).toEqual([
          {
            meter,
            device: meter,
            t: t0 + MINUTE,
            received: t0 + HOUR,
            registers: { [IMPORT]: { value: 150, t: t0 + MINUTE }, "x-a": { value: 1, t: t0 } },
          },
        ]);
        await put({ ...corrected, r: { [IMPORT]: 160 } });
        expect((await store.latest([meter]))[0]?.registers[IMPORT]).toEqual({ value: 160, t: t0 + MINUTE });
      });

      test("that come late count where they belong, in closed buckets too", async () => {
        const meter = newMeter();
        const all = steady(meter, t0, t0 + 2 * HOUR, MINUTE, 10);
        await put(...all.filter((_, index) => index < 20 || index >= 50));
        expect(total(await series(meter, t0, t0 + 2 * HOUR))).toBeLessThan(1190);
        await put(...all.slice(20, 50).toReversed());
        expect(await rawOf(meter)).toEqual(all);
        expect(importOf(await series(meter, t0, t0 + 2 * HOUR))).toEqual([
          150, 150, 150, 150, 150, 150, 150, 140,
        ]);
      });

      test("of a new meter may be older than all that others have", async () => {
        const meter = newMeter();
        const old = at("2020-02-01T00:00:00Z");
        await put(...steady(meter, old, old + HOUR, 5 * MINUTE, 10));
        expect(importOf(await series(meter, old, old + HOUR, "1h"))).toEqual([110]);
      });

      test("that are not numbers are left out, and do no harm to the others", async () => {
        const meter = newMeter();
        await put(
          reading(meter, t0, { [IMPORT]: 1, [POWER]: Number.NaN, "x-a": Number.POSITIVE_INFINITY }),
          reading(meter, t0 + MINUTE, { [IMPORT]: Number.NaN, [POWER]: 20 }),
          reading(meter, t0 + 2 * MINUTE, { [IMPORT]: 4, [POWER]: 40 }),
        );
        expect((await rawOf(meter)).map(({ r }) => r)).toEqual([
          { [IMPORT]: 1 },
          { [POWER]: 20 },
          { [IMPORT]: 4, [POWER]: 40 },
        ]);
        expect(await series(meter, t0, t0 + MINUTE)).toMatchObject([
          { importWh: 3, exportWh: null, powerAvgW: 30, powerMinW: 20, powerMaxW: 40, readings: 3 },
        ]);
      });

      test("of which one is impossible to key are refused together, by name, and the next batch is stored", async () => {
        const meter = newMeter();
        const good = reading(meter, t0, { [IMPORT]: 1 });
        for (const bad of [
          reading(meter, Number.NaN, { [IMPORT]: 2 }),
          reading(meter, t0 + 0.5, { [IMPORT]: 2 }),
          reading("Robert'); DROP TABLE readings;--", t0, { [IMPORT]: 2 }),
          { ...good, meter: null as unknown as string },
        ]) {
          await expect(store.append([good, bad])).rejects.toMatchObject({
            code: "bad-reading",
            retryable: false,
          });
          await expect(store.append([good, bad])).rejects.toThrow(/reading 1 of 2/);
        }
        await store.settled();
        expect(await rawOf(meter)).toEqual([]);
        await put(good);
        expect(await rawOf(meter)).toEqual([good]);
      });

      test("of an unknown meter or an empty range are none, and an empty batch is nothing", async () => {
        await store.append([]);
        const meter = newMeter();
        expect(await rawOf("nobody")).toEqual([]);
        expect(await series("nobody", t0, t0 + DAY, "day")).toEqual([]);
        expect(await store.gaps({ meter: "nobody", from: t0, to: t0 + DAY })).toEqual([]);
        expect(await store.latest(["nobody"])).toEqual([]);
        await put(reading(meter, t0, { [IMPORT]: 1 }));
        expect(await rawOf(meter, t0 + 1, t0 + 1)).toEqual([]);
        expect(await series(meter, t0 + DAY, t0 + 2 * DAY)).toEqual([]);
        expect(await series(meter, t0, t0)).toEqual([]);
      });

      test("of a long range come in pages, each once and in order", async () => {
        const meter = newMeter();
        const readings = steady(meter, t0, t0 + 12_345 * 5_000, 5_000, 1);
        await put(...readings, reading(meter, t0 + 300 * DAY, { [IMPORT]: 99_999 }));
        let pages = 0;
        const times: number[] = [];
        for await (const page of store.raw({ meter, from: 0, to: at("2100-01-01") })) {
          pages++;
          expect(page.length).toBeLessThanOrEqual(10_000);
          times.push(...page.map(({ t }) => t));
        }
        expect(pages).toBeGreaterThan(1);
        expect(times).toEqual([...readings.map(({ t }) => t), t0 + 300 * DAY]);
      });

      test("can be read while others are written", async () => {
        const meters = [newMeter(), newMeter()];
        const batches = Array.from({ length: 10 }, (_, batch) =>
          meters.flatMap((meter) =>
            steady(meter, t0 + batch * 10 * MINUTE, t0 + (batch + 1) * 10 * MINUTE, 5_000, 1, batch * 120),
          ),
        );
        const writing = (async () => {
          for (const batch of batches) await store.append(batch);
        })();
        const seen: number[] = [];
        for (let read = 0; read < 10; read++) {
          const [first, second] = await Promise.all(meters.map(async (meter) => (await rawOf(meter)).length));
          seen.push(first ?? 0);
          await series(meters[1] ?? "", t0, t0 + DAY, "day");
          expect((second ?? 0) % 120).toBe(0);
        }
        await writing;
        await store.settled();
        expect(seen).toEqual([...seen].sort((a, b) => a - b));
        for (const meter of meters) expect((await rawOf(meter)).length).toBe(1200);
      });
    });

    describe("energy", () => {
      const t0 = at("2026-05-04T10:00:00Z");

      test("of a meter that reads every quarter hour, exactly on the boundary, is the difference to the next one", async () => {
        const meter = newMeter();
        await put(
          ...[1000, 1010, 1030, 1060, 1100].map((value, index) =>
            reading(meter, t0 + index * 15 * MINUTE, { [IMPORT]: value }),
          ),
        );
        const buckets = await series(meter, t0, t0 + 75 * MINUTE);
        // The fifth bucket holds a counter reading, but no difference begins in it yet.
        expect(importOf(buckets)).toEqual([10, 20, 30, 40, null]);
        expect(importOf(await series(meter, t0, t0 + HOUR, "1h"))).toEqual([100]);
      });

      test("survives a reset inside a bucket and between two, and is never negative", async () => {
        const meter = newMeter();
        const values = [9_000, 9_010, 5, 25, 100_000, 100_007, 3, 4];
        await put(
          ...values.map((value, index) =>
            reading(meter, t0 + index * 5 * MINUTE, { [IMPORT]: value, [EXPORT]: values[7 - index] ?? 0 }),
          ),
        );
        expect(await series(meter, t0, t0 + HOUR)).toEqual(
          oracle({ readings: await rawOf(meter) }, { from: t0, to: t0 + HOUR, resolution: "15m", tz: "UTC" }),
        );
        expect(importOf(await series(meter, t0, t0 + HOUR, "1h"))).toEqual([10 + 20 + 99_975 + 7 + 1]);
      });

      test("is not lent from one meter to the one that replaces it", async () => {
        const device = newMeter();
        await put(
          ...steady(`${device}.OLD1`, t0, t0 + HOUR, 15 * MINUTE, 10, 50_000),
          ...steady(`${device}.NEW2`, t0 + HOUR, t0 + 2 * HOUR, 15 * MINUTE, 10, 80_000),
        );
        const buckets = await store.series({
          meters: [`${device}.OLD1`, `${device}.NEW2`],
          from: t0,
          to: t0 + 2 * HOUR,
          resolution: "day",
          tz: "UTC",
          perMeter: false,
        });
        expect(buckets).toMatchObject([
          { importWh: 60, importUnallocatedWh: 0, quartersSeen: 8, quarters: 192, readings: 8 },
        ]);
      });

      test("across a gap is in no quarter hour, but in each bucket that holds the whole gap, marked as unallocated", async () => {
        const meter = newMeter();
        await put(
          ...steady(meter, t0, t0 + 20 * MINUTE, MINUTE, 10),
          ...steady(meter, t0 + 50 * MINUTE, t0 + HOUR, MINUTE, 10, 1_700),
          ...steady(meter, t0 + 110 * MINUTE, t0 + 2 * HOUR, MINUTE, 10, 2_500),
        );
        expect(importOf(await series(meter, t0, t0 + 2 * HOUR))).toEqual([150, 40, 90, 90]);
        const hours = await series(meter, t0, t0 + 2 * HOUR, "1h");
        // The second gap, 10:59 to 11:50, lies in two hours: in neither.
        expect(hours).toMatchObject([
          { importWh: 790, importUnallocatedWh: 510, quartersSeen: 3, quarters: 4 },
          { importWh: 90, importUnallocatedWh: 0, quartersSeen: 1 },
        ]);
        expect(await series(meter, t0, t0 + DAY, "day")).toMatchObject([
          { importWh: 2_590 - 1_000, importUnallocatedWh: 510 + 710 },
        ]);
        const gaps = [
          {
            from: t0 + 19 * MINUTE,
            to: t0 + 50 * MINUTE,
            reason: "no-readings",
            importWh: 510,
            exportWh: null,
          },
          {
            from: t0 + 59 * MINUTE,
            to: t0 + 110 * MINUTE,
            reason: "no-readings",
            importWh: 710,
            exportWh: null,
          },
        ];
        expect(await store.gaps({ meter, from: t0, to: t0 + DAY })).toEqual(gaps);
        expect(await store.gaps({ meter, from: t0 + 30 * MINUTE, to: t0 + 31 * MINUTE })).toEqual(
          gaps.slice(0, 1),
        );
        expect(await store.gaps({ meter, from: t0 + 50 * MINUTE, to: t0 + 59 * MINUTE })).toEqual([]);
      });

      test("across a gap in which the counter fell is unknown, not negative", async () => {
        const meter = newMeter();
        await put(reading(meter, t0, { [IMPORT]: 500 }), reading(meter, t0 + 2 * HOUR, { [IMPORT]: 100 }));
        expect(await store.gaps({ meter, from: t0, to: t0 + DAY })).toEqual([
          { from: t0, to: t0 + 2 * HOUR, reason: "no-readings", importWh: null, exportWh: null },
        ]);
        expect(importOf(await series(meter, t0, t0 + DAY, "day"))).toEqual([0]);
      });

      test("of an hourly meter is in the hour, although not in its quarters", async () => {
        const meter = newMeter();
        await put(
          ...[0, 1, 2].map((hour) => reading(meter, t0 + hour * HOUR, { [IMPORT]: 100 + hour * hour * 10 })),
        );
        expect(importOf(await series(meter, t0, t0 + 2 * HOUR))).toEqual([null, null]);
        expect(await series(meter, t0, t0 + 2 * HOUR, "1h")).toMatchObject([
          { importWh: 10, importUnallocatedWh: 10 },
          { importWh: 30, importUnallocatedWh: 30 },
        ]);
      });

      test("leaves suspect readings out, while they still count as seen", async () => {
        const meter = newMeter();
        await put(
          reading(meter, t0, { [IMPORT]: 100, [POWER]: 60 }),
          reading(meter, t0 + 5 * MINUTE, { [IMPORT]: 900_000, [POWER]: 60 }, { quality: ["suspect"] }),
          reading(meter, t0 + 10 * MINUTE, { [IMPORT]: 120, [POWER]: 60 }, { quality: ["server-time"] }),
        );
        expect(await series(meter, t0, t0 + HOUR)).toMatchObject([
          { importWh: 20, readings: 3, powerAvgW: 60 },
        ]);
      });

      test("goes on from a lower level once a suspect drop is confirmed: it was a reset", async () => {
        const meter = newMeter();
        const suspect = { quality: ["suspect" as const] };
        await put(
          reading(meter, t0, { [IMPORT]: 9_000 }),
          reading(meter, t0 + 10 * MINUTE, { [IMPORT]: 9_020 }),
          ...[0, 5, 10, 15].map((wh, index) =>
            reading(meter, t0 + (20 + 10 * index) * MINUTE, { [IMPORT]: wh }, suspect),
          ),
          reading(meter, t0 + HOUR, { [IMPORT]: 20 }),
          reading(meter, t0 + 70 * MINUTE, { [IMPORT]: 30 }),
        );
        expect(importOf(await series(meter, t0, t0 + 2 * HOUR, "day"))).toEqual([20 + 10]);
        expect(await store.gaps({ meter, from: t0, to: t0 + 2 * HOUR })).toEqual([]);
      });

      test("power is the net of import and export registers where no net register is read", async () => {
        const meter = newMeter();
        await put(
          reading(meter, t0, { "1-0:1.7.0": 500, "1-0:2.7.0": 0 }),
          reading(meter, t0 + MINUTE, { "1-0:1.7.0": 0, "1-0:2.7.0": 300 }),
          reading(meter, t0 + 2 * MINUTE, { "1-0:2.7.0": 200 }),
        );
        expect(await series(meter, t0, t0 + MINUTE)).toMatchObject([
          { powerAvgW: 0, powerMinW: -300, powerMaxW: 500, importWh: null, exportWh: null },
        ]);
      });

      test("of a group is the sum of its meters' energy, whatever the resolution", async () => {
        // Not seen in the order of their ids.
        const meters = [newMeter(), newMeter(), newMeter()].sort().toReversed();
        await put(
          ...meters.flatMap((meter, index) =>
            steady(meter, t0 + index * HOUR, t0 + 30 * HOUR, 5 * MINUTE, 7 + index),
          ),
        );
        for (const resolution of ["15m", "1h", "day", "week", "month", "year"] as const) {
          const query = { meters, from: t0, to: t0 + 30 * HOUR, resolution, tz: "Europe/Vienna" };
          const single = await store.series({ ...query, perMeter: true });
          const group = await store.series({ ...query, perMeter: false });
          expect([...new Set(single.map(({ meter }) => meter))]).toEqual(meters.toSorted());
          expect(group.every((bucket) => bucket.meter === undefined && bucket.powerMinW === null)).toBe(true);
          for (const bucket of group) {
            const parts = single.filter(({ from }) => from === bucket.from);
            expect(bucket.importWh).toBe(parts.reduce((sum, part) => sum + (part.importWh ?? 0), 0));
            expect(bucket.readings).toBe(parts.reduce((sum, part) => sum + part.readings, 0));
            expect(bucket.quarters).toBe((parts[0]?.quarters ?? 0) * 3);
          }
        }
      });
    });

    meterConformance(() => store);
    stepConformance(() => store);

    describe.runIf(options.retention ?? true)("retention", () => {
      let ofRetention: StoreUnderTest;
      beforeEach(async () => {
        ofRetention = await makeStore();
      });
      afterEach(() => ofRetention.remove());
      retentionConformance(() => ofRetention);
    });

    describe("local time", () => {
      const day = async (
        tz: string,
        date: string,
        next: string,
      ): Promise<{ quarters: Bucket[]; day: Bucket[]; hours: Bucket[] }> => {
        const meter = newMeter();
        const [from, to] = [at(date, tz), at(next, tz)];
        await put(...steady(meter, from - HOUR, to + HOUR, 5 * MINUTE, 3));
        return {
          quarters: await series(meter, from, to, "15m", tz),
          hours: await series(meter, from, to, "1h", tz),
          day: await series(meter, from, to, "day", tz),
        };
      };

      test.each([
        ["Europe/Vienna", "2026-03-29", "2026-03-30", 92],
        ["Europe/Vienna", "2026-10-25", "2026-10-26", 100],
        ["Europe/Vienna", "2026-06-01", "2026-06-02", 96],
        ["Asia/Kathmandu", "2026-06-01", "2026-06-02", 96],
        ["Australia/Lord_Howe", "2026-04-05", "2026-04-06", 98],
        ["America/Havana", "2026-03-08", "2026-03-09", 92],
        ["Pacific/Apia", "2011-12-29", "2011-12-31", 96],
      ])(
        "%s, %s to %s: %i quarter hours, and hours and day add up to them",
        async (tz, date, next, count) => {
          const found = await day(tz, date, next);
          expect(found.quarters.length).toBe(count);
          expect(new Set(importOf(found.quarters))).toEqual(new Set([9]));
          expect(total(found.hours)).toBe(count * 9);
          expect(found.day).toMatchObject([
            {
              from: at(date, tz),
              to: at(next, tz),
              importWh: count * 9,
              quarters: count,
              quartersSeen: count,
              readings: count * 3,
            },
          ]);
        },
      );

      test("a month with a clock change, and the year, are the counter's difference", async () => {
        const meter = newMeter();
        const tz = "Europe/Vienna";
        const readings = steady(meter, at("2026-02-27", tz), at("2026-04-03", tz), 15 * MINUTE, 4);
        await put(...readings);
        const months = await series(meter, at("2026-03-01", tz), at("2026-04-01", tz), "month", tz);
        expect(months).toMatchObject([
          { importWh: (31 * 96 - 4) * 4, quarters: 31 * 96 - 4, quartersSeen: 31 * 96 - 4 },
        ]);
        const year = await series(meter, at("2026-03-01", tz), at("2026-04-01", tz), "year", tz);
        expect(importOf(year)).toEqual([(readings.length - 1) * 4]);
        const weeks = await series(meter, at("2026-03-01", tz), at("2026-04-01", tz), "week", tz);
        expect(weeks.map(({ from }) => new Date(from + 3 * HOUR).getUTCDay())).toEqual([1, 1, 1, 1, 1, 1]);
      });
    });

    test("any history gives the energy that its raw readings give", async () => {
      await fuzzEnergy(() => store, options.histories ?? Number(process.env["SMP_HISTORIES"] ?? 60));
    }, 3_600_000);

    // Of an engine of two ways to fold in one of them: it asks for nothing that is folded.
    test.runIf(options.retention ?? true)(
      "any history with years of silence gives its energy and its newest values, rolled up or not",
      async () => {
        const count = options.histories ?? Number(process.env["SMP_HISTORIES"] ?? 60);
        await fuzzSparse(() => store, Math.ceil(count / 60));
      },
      600_000,
    );

    describe("the newest", () => {
      test("value of a register counts while the meter sends it: not one that it has not sent for a week", async () => {
        const meter = newMeter();
        const t0 = at("2026-06-01T12:00:00Z");
        const codes = async (): Promise<string[]> => {
          const [latest] = await store.latest([meter]);
          return Object.keys(latest?.registers ?? {}).sort();
        };
        await put(
          reading(meter, t0, { [IMPORT]: 100, "x-a": 5 }),
          reading(meter, t0 + 7 * DAY, { [POWER]: 3 }),
        );
        expect(await codes()).toEqual([IMPORT, POWER, "x-a"]);
        await put(reading(meter, t0 + 7 * DAY + 1, { [POWER]: 4 }));
        expect(await codes()).toEqual([POWER]);
        // Also a process that has just started, and a late reading.
        await store.close();
        store = await underTest.open();
        expect(await codes()).toEqual([POWER]);
        await put(reading(meter, t0 + 2, { "x-b": 7 }));
        expect(await codes()).toEqual([POWER, "x-b"]);
      });

      test("value of each register is found, also when the newest reading lacks it, or came before the others", async () => {
        const meter = newMeter();
        const t0 = at("2026-06-01T12:00:00Z");
        await put(
          reading(meter, t0, { [IMPORT]: 100, [POWER]: 1, "x-a": 5 }),
          reading(meter, t0 + MINUTE, { [POWER]: 3 }, { quality: ["server-time"] }),
        );
        await put(reading(meter, t0 + 30_000, { [IMPORT]: 101, [POWER]: 2 }));
        expect(await store.latest([meter, "nobody", meter])).toEqual([
          {
            meter,
            device: meter,
            t: t0 + MINUTE,
            received: t0 + MINUTE + 40,
            quality: ["server-time"],
            registers: {
              [IMPORT]: { value: 101, t: t0 + 30_000 },
              [POWER]: { value: 3, t: t0 + MINUTE },
              "x-a": { value: 5, t: t0 },
            },
          },
        ]);
        // A month later the meter sends other registers; what it sent before is known of the time before.
        await put(reading(meter, t0 + 30 * DAY, { [EXPORT]: 7, "x-b": 1 }));
        const june = { meter, from: t0, to: t0 + DAY };
        expect(await store.registers(june)).toEqual(expect.arrayContaining([IMPORT, POWER, "x-a"]));
        const since = { meter, from: 0, to: t0 + 40 * DAY, receivedFrom: t0 + DAY };
        expect(await store.registers(since)).toEqual(expect.arrayContaining([EXPORT, "x-b"]));
        expect(await store.registers({ ...june, meter: "nobody" })).toEqual([]);
        const meters = await store.meters();
        expect(meters.find((summary) => summary.meter === meter)).toEqual({
          meter,
          device: meter,
          firstMs: t0,
          lastMs: t0 + 30 * DAY,
        });
        expect(meters.map((summary) => summary.meter)).toEqual(meters.map((summary) => summary.meter).sort());
      });
    });

    describe("documents and rejected messages", () => {
      test("the newest version of each document counts, in order of id; deleted ones are gone", async () => {
        const kind = newMeter();
        const value = { name: "Haus 'A'; \"B\"", tz: "Europe/Vienna", n: [1, 2.5, null, true] };
        await store.putDocument({ kind, id: "b", value: { old: true }, t: 5 });
        await store.putDocument({ kind, id: "a", value, t: 6 });
        await store.putDocument({ kind, id: "b", value: "new", t: 4 });
        await store.putDocument({ kind, id: "c", value: 1, t: 7 });
        await store.putDocument({ kind, id: "c", value: null, t: 8 });
        await store.putDocument({ kind: `${kind}x`, id: "d", value: 1, t: 7 });
        await store.settled();
        expect(await store.documents(kind)).toEqual([
          { kind, id: "a", value, t: 6 },
          { kind, id: "b", value: "new", t: 4 },
        ]);
      });

      test("documents can be asked for by ranges of ids, their ends left out", async () => {
        const kind = newMeter();
        for (const id of ["2026-01-31~x", "2026-02-01", "2026-02-01~x", "2026-02-02", "deleted"])
          await store.putDocument({ kind, id, value: id, t: 1 });
        await store.settled();
        const idsIn = async (...ranges: [string, string][]): Promise<string[]> =>
          (
            await store.documents(
              kind,
              ranges.map(([from, to]) => ({ from, to })),
            )
          ).map(({ id }) => id);
        expect(await idsIn(["2026-02-01", "2026-02-02"])).toEqual(["2026-02-01", "2026-02-01~x"]);
        expect(await idsIn(["deleted", "deleted~"], ["2026-02-02", "2026-02-03"])).toEqual([
          "2026-02-02",
          "deleted",
        ]);
        expect(await idsIn(["2026-02-02", "2026-02-02"])).toEqual([]);
      });

      test("rejected messages come newest first, of one device or of all", async () => {
        const device = newMeter();
        const message = (received: number, more: Partial<RejectedMessage> = {}): RejectedMessage => ({
          device,
          topic: `sm/v1/${device}/reading`,
          code: "schema",
          detail: 'r."1-0:1.8.0" must be a number; send 12 instead of "12".',
          received,
          payload: "eyJ2IjoxfQ==",
          ...more,
        });
        const messages = [
          message(1_780_000_000_000),
          message(1_780_000_000_001, { index: 3, code: "time-future" }),
          message(1_780_000_000_002),
        ];
        await store.reject(messages.slice(0, 2));
        await store.reject(messages.slice(2));
        await store.settled();
        expect(await store.rejected({ device, limit: 10 })).toEqual(messages.toReversed());
        expect(await store.rejected({ device, limit: 1 })).toEqual(messages.slice(2));
        expect(
          (await store.rejected({ limit: 1_000 })).filter((found) => found.device === device),
        ).toHaveLength(3);
      });
    });

    test("closed and opened again it has everything, and goes on", async () => {
      const meter = newMeter();
      const t0 = at("2026-07-01T00:00:00Z");
      const readings = steady(meter, t0, t0 + DAY, MINUTE, 2);
      const corrected = reading(meter, t0 + 999 * MINUTE, { [IMPORT]: 3_000 }, { received: t0 + 2 * DAY });
      await put(...readings.slice(0, 1000), reading(meter, t0 - DAY, { "x-early": 1 }));
      await put(reading(meter, corrected.t, { [IMPORT]: 2_998, "x-withdrawn": 1 }));
      // An answer of the past has its quarter hours rolled up, which the correction changes again.
      await series(meter, t0, t0 + DAY, "day");
      await put(corrected);
      await store.putDocument({ kind: meter, id: "a", value: 1, t: 1 });
      await store.close();
      await store.close();
      store = await underTest.open();
      expect(await store.latest([meter])).toMatchObject([
        {
          t: corrected.t,
          received: corrected.received,
          registers: {
            [IMPORT]: { value: 3_000, t: corrected.t },
            [POWER]: { t: t0 + 998 * MINUTE },
            "x-early": { value: 1, t: t0 - DAY },
          },
        },
      ]);
      expect((await store.latest([meter]))[0]?.registers).not.toHaveProperty("x-withdrawn");
      await put(...readings.slice(900));
      await store.putDocument({ kind: meter, id: "a", value: 2, t: 1 });
      await store.settled();
      expect((await rawOf(meter)).length).toBe(1441);
      expect(importOf(await series(meter, t0, t0 + DAY, "day"))).toEqual([2 * 1439]);
      expect(await store.documents(meter)).toMatchObject([{ value: 2 }]);
      expect((await store.meters()).find((summary) => summary.meter === meter)).toMatchObject({
        firstMs: t0 - DAY,
      });
      expect(await store.health()).toMatchObject({ ok: true });
    });
  });
}
