import type { EnergySeries, GapList, PowerSeries } from "@smp/schemas/api";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { energyBuckets, energyJson, kwh } from "../../src/meters/energy.ts";
import { ask, askJson } from "../openapi.ts";
import { fixture, HOUR_MS, METER, MIDNIGHT, MINUTE_MS, NOW, reading, readings } from "../fixture.ts";

const energyOf = (app: ReturnType<typeof fixture>["app"], query: string): Promise<EnergySeries> =>
  askJson<EnergySeries>(app, `/v1/meters/${METER}/energy?${query}`);

test("energy is the counter's difference in kWh, and the total is the whole range's", async () => {
  const { app, store } = fixture();
  await store.append(readings(MIDNIGHT, MIDNIGHT + 4 * HOUR_MS));
  const energy = await energyOf(
    app,
    "from=2026-03-29T00:00:00%2B01:00&to=2026-03-29T03:00:00%2B02:00&resolution=1h",
  );
  expect(energy).toMatchObject({
    meter: METER,
    from: "2026-03-29T00:00:00+01:00",
    to: "2026-03-29T03:00:00+02:00",
    tz: "Europe/Vienna",
    resolution: "1h",
    unit: "kWh",
    total: { import_kwh: 0.84, export_kwh: 0, coverage: 1, quality: "measured", readings: 120 },
  });
  // 02:00 does not exist on this day: the bucket after 01:00 begins at 03:00.
  expect(energy.buckets.map(({ start, end, import_kwh }) => [start, end, import_kwh])).toEqual([
    ["2026-03-29T00:00:00+01:00", "2026-03-29T01:00:00+01:00", 0.42],
    ["2026-03-29T01:00:00+01:00", "2026-03-29T03:00:00+02:00", 0.42],
  ]);
});

test("the total has the energy of counters that come rarely while power comes often", async () => {
  const { app, store } = fixture();
  for (let t = MIDNIGHT; t < MIDNIGHT + 12 * HOUR_MS; t += 5 * MINUTE_MS)
    await store.append([
      reading(t, {
        "1-0:16.7.0": 60,
        ...((t - MIDNIGHT) % (6 * HOUR_MS) === 0 && { "1-0:1.8.0": 1_000 + (t - MIDNIGHT) / MINUTE_MS }),
      }),
    ]);
  const energy = await energyOf(app, `from=${MIDNIGHT}&to=${MIDNIGHT + 12 * HOUR_MS}&resolution=1h`);
  expect(energy.total).toMatchObject({ import_kwh: 0.36, import_unallocated_kwh: 0.36, coverage: 1 });
  expect(new Set(energy.buckets.map(({ import_kwh }) => import_kwh))).toEqual(new Set([null]));
});

test.each([
  ["2026-03-29", "2026-03-30", 92, 23],
  ["2026-10-25", "2026-10-26", 100, 25],
  ["2026-06-01", "2026-06-02", 96, 24],
])(
  "the day from %s to %s has %i quarter hours and %i hours, each null without data",
  async (from, to, quarters, hours) => {
    const { app, store } = fixture();
    await store.append([reading(NOW, { "1-0:1.8.0": 1 })]);
    const fine = await energyOf(app, `from=${from}&to=${to}&resolution=15m&tz=Europe/Vienna`);
    expect(fine.buckets).toHaveLength(quarters);
    expect((await energyOf(app, `from=${from}&to=${to}&resolution=1h`)).buckets).toHaveLength(hours);
    const day = await energyOf(app, `from=${from}&to=${to}&resolution=day`);
    expect(day.buckets).toHaveLength(1);
    if (from !== "2026-03-29")
      for (const bucket of [...fine.buckets, ...day.buckets, day.total])
        expect(bucket).toMatchObject({
          import_kwh: null,
          export_kwh: null,
          coverage: 0,
          quality: "none",
          readings: 0,
        });
  },
);

test("the answered range is widened to whole buckets, and says so", async () => {
  const { app, store } = fixture();
  await store.append(readings(MIDNIGHT, NOW));
  const energy = await energyOf(
    app,
    "from=2026-03-29T11:07:00%2B02:00&to=2026-03-29T11:20:00%2B02:00&resolution=15m",
  );
  expect([energy.from, energy.to]).toEqual(["2026-03-29T11:00:00+02:00", "2026-03-29T11:30:00+02:00"]);
  expect(energy.buckets).toHaveLength(2);
});

test("without from and to it is today, by the hour", async () => {
  const { app, store } = fixture();
  await store.append(readings(MIDNIGHT, NOW));
  const energy = await energyOf(app, "");
  expect([energy.from, energy.to, energy.resolution]).toEqual([
    "2026-03-29T00:00:00+01:00",
    "2026-03-29T13:00:00+02:00",
    "1h",
  ]);
  expect(energy.buckets).toHaveLength(12);
});

test("hours that have not come do not count as missing", async () => {
  const { app, store } = fixture();
  await store.append(readings(MIDNIGHT, NOW));
  const energy = await energyOf(app, "from=2026-03-29&to=2026-03-30&resolution=day");
  expect(energy.total).toMatchObject({ coverage: 1, quality: "measured" });
  expect((await energyOf(app, "from=2026-03-29&to=2026-03-30&resolution=1h")).buckets.at(-1)).toMatchObject({
    import_kwh: null,
    coverage: 0,
    quality: "none",
  });
});

describe("a gap", () => {
  const gapFrom = MIDNIGHT + HOUR_MS;
  const gapTo = MIDNIGHT + 5 * HOUR_MS;
  const withGap = async (): Promise<ReturnType<typeof fixture>> => {
    const made = fixture();
    // The last reading before the gap is at 00:59 with 413 Wh, the first one after it has 10,000 Wh.
    await made.store.append([
      ...readings(MIDNIGHT, gapFrom, { start: 0 }),
      ...readings(gapTo, MIDNIGHT + 6 * HOUR_MS, { start: 10_000 }),
    ]);
    return made;
  };

  test("its energy is in no bucket smaller than it, in each that holds it, and in the total", async () => {
    const { app } = await withGap();
    const range = "from=2026-03-29&to=2026-03-29T07:00:00%2B02:00";
    const hours = await energyOf(app, `${range}&resolution=1h`);
    expect(hours.buckets.map(({ import_kwh }) => import_kwh)).toEqual([0.413, null, null, null, null, 0.413]);
    const day = await energyOf(app, "from=2026-03-29&to=2026-03-30&resolution=day");
    // 0:00 to 0:59 413, gap 9,587, after it 413: the difference of the register's ends.
    for (const { total } of [hours, day]) {
      expect(total).toMatchObject({ import_kwh: 10.413, import_unallocated_kwh: 9.587, quality: "partial" });
    }
    expect(day.buckets[0]).toEqual(day.total);
    expect(hours.total.coverage).toBe(0.333);
  });

  test("it is listed with its energy", async () => {
    const { app } = await withGap();
    const list = await askJson<GapList>(app, `/v1/meters/${METER}/gaps?from=2026-03-29&to=2026-03-30`);
    expect(list.gaps).toEqual([
      {
        start: "2026-03-29T00:59:00+01:00",
        end: "2026-03-29T06:00:00+02:00",
        reason: "no-readings",
        import_unallocated_kwh: 9.587,
        export_unallocated_kwh: 0,
      },
    ]);
  });

  test("a range that ends inside it does not have its energy", async () => {
    const { app } = await withGap();
    const { total } = await energyOf(app, "from=2026-03-29&to=2026-03-29T04:00:00%2B02:00&resolution=15m");
    expect(total).toMatchObject({ import_kwh: 0.413, import_unallocated_kwh: 0 });
  });

  test("with its energy null where the counter fell across it", async () => {
    const { app, store } = fixture();
    await store.append([
      reading(MIDNIGHT, { "1-0:1.8.0": 900 }),
      reading(MIDNIGHT + HOUR_MS, { "1-0:1.8.0": 5 }),
    ]);
    const list = await askJson<GapList>(app, `/v1/meters/${METER}/gaps?from=2026-03-29&to=2026-03-30`);
    expect(list.gaps[0]).toMatchObject({ import_unallocated_kwh: null, export_unallocated_kwh: null });
  });
});

test("coverage is the share of the quarter hours that have begun, cut off; what is not whole is partial", () => {
  const quarterMs = 15 * MINUTE_MS;
  const told = (quartersSeen: number, now: number, exportUnallocatedWh = 0) => {
    const range = { from: 0, to: 4 * quarterMs };
    const powers = { powerAvgW: null, powerMinW: null, powerMaxW: null };
    const energy = { importWh: 1, exportWh: 1, importUnallocatedWh: 0, exportUnallocatedWh };
    const bucket = { ...range, ...energy, ...powers, quartersSeen, quarters: 4, readings: 1 };
    return energyBuckets([{ ...range, bucket }], ["", ""], now).map(({ coverage, quality }) => [
      coverage,
      quality,
    ]);
  };
  expect(told(2, 2 * quarterMs + 1)).toEqual([[0.666, "partial"]]);
  expect(told(3, 2 * quarterMs + 1)).toEqual([[1, "measured"]]);
  expect(told(3, 9 * quarterMs)).toEqual([[0.75, "partial"]]);
  expect(told(4, 9 * quarterMs, 1)).toEqual([[1, "partial"]]);
  // A clock that is behind the meter's.
  expect(told(1, 0)).toEqual([[1, "measured"]]);
});

test("every whole number of Wh becomes a decimal with at most three places that is exactly it", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 45 }), (wh) => {
      const text = JSON.stringify(kwh(wh));
      expect(text).toMatch(/^\d+(?:\.\d{1,3})?$/);
      const [whole, places = ""] = text.split(".");
      expect(BigInt(whole!) * 1000n + BigInt(places.padEnd(3, "0"))).toBe(BigInt(wh));
    }),
  );
});

// Whatever gaps a day has, the total is the difference of the registers at its ends, at every resolution.
test("totals agree at every resolution for random histories", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.tuple(fc.integer({ min: 0, max: 12 * 60 - 1 }), fc.nat(500)), {
        minLength: 2,
        maxLength: 40,
        selector: ([minute]) => minute,
      }),
      async (steps) => {
        const { app, store } = fixture();
        let counter = 1_000;
        const list = steps
          .sort(([a], [b]) => a - b)
          .map(([minute, wh]) =>
            reading(MIDNIGHT + minute * MINUTE_MS, { "1-0:1.8.0": (counter += wh), "1-0:2.8.0": 7 }),
          );
        await store.append(list);
        const expected = kwh(list.at(-1)!.r["1-0:1.8.0"]! - list[0]!.r["1-0:1.8.0"]!);
        for (const resolution of ["15m", "1h", "day", "month"]) {
          const { total, buckets } = await energyOf(
            app,
            `from=2026-03-29&to=2026-03-30&resolution=${resolution}`,
          );
          expect(total.import_kwh ?? 0, resolution).toBe(expected);
          expect(total.import_unallocated_kwh).toBeLessThanOrEqual(expected);
          expect(total.readings).toBe(buckets.reduce((sum, bucket) => sum + bucket.readings, 0));
        }
      },
    ),
    { numRuns: 40 },
  );
});

test("power has its mean and its extremes per bucket, null without data", async () => {
  const { app, store } = fixture();
  await store.append(readings(MIDNIGHT, MIDNIGHT + 15 * MINUTE_MS));
  const power = await askJson<PowerSeries>(
    app,
    `/v1/meters/${METER}/power?from=2026-03-29&to=2026-03-29T00:30:00%2B01:00&resolution=15m`,
  );
  expect(power.unit).toBe("W");
  expect(power.buckets).toMatchObject([
    { min_w: 400, max_w: 409, coverage: 1, readings: 15 },
    { avg_w: null, min_w: null, max_w: null, coverage: 0, readings: 0 },
  ]);
});

describe("CSV", () => {
  const address = `/v1/meters/${METER}/energy?from=2026-03-29T00:00:00%2B01:00&to=2026-03-29T03:00:00%2B02:00&resolution=1h`;
  const lines = [
    "start,end,import_kwh,export_kwh,coverage,import_unallocated_kwh,export_unallocated_kwh,quality,readings",
    "2026-03-29T00:00:00+01:00,2026-03-29T01:00:00+01:00,0.413,0,1,0,0,measured,60",
    "2026-03-29T01:00:00+01:00,2026-03-29T03:00:00+02:00,,,0,0,0,none,0",
    "",
  ].join("\r\n");

  test("by the parameter or by Accept, with a file name; null is an empty field", async () => {
    const { app, store } = fixture();
    await store.append(readings(MIDNIGHT, MIDNIGHT + HOUR_MS));
    const byFormat = await ask(app, `${address}&format=csv`);
    expect(byFormat.headers.get("content-disposition")).toBe(
      'attachment; filename="ma309-1_energy_1h_2026-03-29.csv"',
    );
    expect(await byFormat.text()).toBe(lines);
    expect(await (await ask(app, address, { headers: { accept: "text/csv" } })).text()).toBe(lines);
  });

  test("the parameter wins over Accept", async () => {
    const { app, store } = fixture();
    await store.append(readings(MIDNIGHT, MIDNIGHT + HOUR_MS));
    const response = await ask(app, `${address}&format=json`, { headers: { accept: "text/csv" } });
    expect(response.headers.get("content-type")).toBe("application/json");
  });
});

test("a store that answers with a bucket nobody asked for is a failure and not a hole", async () => {
  const { app, store } = fixture();
  await store.append(readings(MIDNIGHT, MIDNIGHT + HOUR_MS));
  const series = store.series.bind(store);
  store.series = async (query) =>
    (await series(query)).map((bucket) => ({ ...bucket, from: bucket.from + 1 }));
  expect((await ask(app, `/v1/meters/${METER}/energy`)).status).toBe(500);
});

test("an answer's text is what JSON.stringify writes of its buckets", () => {
  const wh = fc.option(fc.oneof(fc.nat(5_000), fc.integer({ min: -1e12, max: 1e12 })), { nil: null });
  const count = fc.nat(1e9);
  const bucket = fc.record({
    importWh: wh,
    exportWh: wh,
    importUnallocatedWh: count,
    exportUnallocatedWh: fc.double({ min: 0, max: 1e21, noNaN: true }),
    quartersSeen: fc.nat(5),
    readings: count,
  });
  fc.assert(
    fc.property(
      fc.array(fc.option(bucket, { nil: undefined }), { maxLength: 5 }),
      fc.string(),
      (list, meter) => {
        const bounds = Array.from({ length: list.length + 1 }, (_, index) => MIDNIGHT + index * HOUR_MS);
        const slots = list.map((sums, index) => ({
          from: bounds[index]!,
          to: bounds[index + 1]!,
          bucket: sums && {
            meter,
            from: bounds[index]!,
            to: bounds[index + 1]!,
            ...POWER,
            quarters: 4,
            ...sums,
          },
        }));
        const times = bounds.map((bound) => new Date(bound).toISOString());
        const buckets = energyBuckets(slots, times, NOW);
        const total = { ...energyBuckets(slots, times, NOW)[0], readings: 0 } as EnergySeries["total"];
        const resolution = "1h" as const;
        const series = {
          meter,
          from: times[0]!,
          to: times.at(-1)!,
          tz: "UTC",
          resolution,
          unit: "kWh" as const,
        };
        expect(energyJson({ ...series, total, buckets })).toBe(JSON.stringify({ ...series, total, buckets }));
      },
    ),
    { numRuns: 50 },
  );
});
const POWER = { powerAvgW: 1, powerMinW: 0, powerMaxW: 2 };
