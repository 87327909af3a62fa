import { expect, test } from "vitest";
import type { SeriesQuery, Store } from "../../src/index.ts";
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
  type StoreUnderTest,
} from "../trial.ts";

/** What is left when raw readings are older than the retention. `open` gives a store that keeps 90 days, as of a time. */
export function retentionConformance(underTest: () => StoreUnderTest): void {
  const now = at("2026-07-01T06:00:00Z");
  const rawDays = 90;
  const kept = at("2026-04-02T00:00:00Z");

  test("raw readings go when they are old, and the energy of old months stays to the Wh", async () => {
    const folder = underTest();
    let time = now;
    let store: Store = await folder.open({ now: () => time, retention: { rawDays, rollUpDays: 0 } });
    const { put, rawOf } = trialOf(() => store);
    const [meter, other, dead, rare] = [newMeter(), newMeter(), newMeter(), newMeter()];
    const from = at("2026-03-25", "Europe/Vienna");
    const readings = steady(meter, from, now, HOUR / 4, 3).map((each, index) => ({
      ...each,
      r: { ...each.r, [EXPORT]: index % 1_000, ...(index % 500 === 0 && { "x-a": index }) },
    }));
    await put(...readings, ...steady(other, from + 5 * DAY, now, HOUR, 9));
    await put(...steady(dead, from, from + DAY, HOUR, 9), reading(meter, from + MINUTE, { [POWER]: 7 }));
    await put(
      reading(rare, from - 500 * DAY, { [IMPORT]: 10, [EXPORT]: 1 }),
      reading(rare, now - DAY, { [IMPORT]: 5_010, [EXPORT]: 8 }),
    );
    const answers = async (): Promise<unknown[]> => {
      const found: unknown[] = [
        await store.energySteps({ meter, from, to: now }),
        await store.energySteps({ meter: rare, from, to: from + DAY }),
        await store.latest([rare]),
      ];
      for (const resolution of ["1h", "month", "range"] as const) {
        const query: SeriesQuery = {
          meters: [meter, other, dead],
          from,
          to: now,
          resolution,
          tz: "Europe/Vienna",
          perMeter: true,
        };
        found.push(await store.series(query), await store.series({ ...query, perMeter: false }));
      }
      found.push(
        await store.gaps({ meter, from, to: now }),
        await store.gaps({ meter: dead, from, to: now }),
      );
      found.push((await store.meters()).filter((summary) => [meter, other, dead].includes(summary.meter)));
      found.push(await store.latest([meter, other, dead]));
      return found;
    };
    const before = await answers();
    expect(before[1]).toMatchObject({ quarters: [], stretches: [{ importWh: 5_000 }, { exportWh: 7 }] });
    await store.maintain();
    await store.settled();
    expect(await rawOf(meter)).toEqual(readings.filter(({ t }) => t >= kept));
    expect(await rawOf(dead)).toEqual([]);
    expect(await answers()).toEqual(before);

    // A replay of the log, and one late reading of a quarter hour that is closed for ever, change nothing.
    await put(...readings.slice(0, 500), reading(meter, from + 2 * MINUTE, { [IMPORT]: 1_000_000 }));
    await store.maintain();
    await store.settled();
    expect(await answers()).toEqual(before);

    // Old data of a time that has none count: an import of a meter's past, also in two parts.
    const past = steady(other, from, from + DAY, HOUR / 8, 1, 10);
    const imported: SeriesQuery = {
      meters: [other],
      from,
      to: from + DAY,
      resolution: "day",
      tz: "Europe/Vienna",
      perMeter: true,
    };
    await put(...past.filter((_, index) => index % 2 === 0));
    expect(await store.series(imported)).toMatchObject([{ importWh: 95 * 2, quartersSeen: 96 }]);
    await put(...past.filter((_, index) => index % 2 === 1));
    expect(await store.series(imported)).toMatchObject([{ importWh: 191, quartersSeen: 96 }]);
    time = now + DAY;
    await store.maintain();
    await store.settled();
    expect(await store.series(imported)).toMatchObject([{ importWh: 191, quartersSeen: 96 }]);
    expect(await rawOf(other, 0, kept)).toEqual([]);

    const closed = await answers();
    await store.close();
    store = await folder.open({ now: () => time, retention: { rawDays, rollUpDays: 0 } });
    expect(await answers()).toEqual(closed);
    await put(...readings.slice(0, 500));
    expect(await answers()).toEqual(closed);
    await store.close();
  }, 120_000);

  test("quarter hours go too when that is set", async () => {
    const folder = underTest();
    const store = await folder.open({ now: () => now, retention: { rawDays: 30, rollUpDays: 60 } });
    const { put, series } = trialOf(() => store);
    const meter = newMeter();
    await put(...steady(meter, now - 100 * DAY, now, HOUR, 5));
    await store.maintain();
    await store.settled();
    const days = await series(meter, now - 100 * DAY, now, "day");
    expect(days[0]).toMatchObject({ from: at("2026-05-02T00:00:00Z"), importWh: 24 * 5 });
    await put(...steady(meter, now - 100 * DAY, now - 90 * DAY, HOUR, 5));
    await store.maintain();
    await store.settled();
    expect(await series(meter, now - 100 * DAY, now, "day")).toEqual(days);
    await store.close();
  }, 120_000);

  test("what is gone stays gone when readings are to be kept longer from now on", async () => {
    const folder = underTest();
    let time = now;
    let store: Store = await folder.open({ now: () => time, retention: { rawDays: 30, rollUpDays: 300 } });
    const { put, series } = trialOf(() => store);
    const meter = newMeter();
    const old = now - 45 * DAY;
    await put(
      ...steady(meter, old, old + 2 * HOUR, 5 * MINUTE, 5),
      ...steady(meter, now - HOUR, now, HOUR, 5, 9_000),
    );
    const hour = await series(meter, old, old + HOUR);
    await store.maintain();
    await store.close();
    time = now + DAY;
    store = await folder.open({ now: () => time, retention: { rawDays: 60, rollUpDays: 300 } });
    await store.maintain();
    await store.settled();
    await put(reading(meter, old + 2 * MINUTE, { [IMPORT]: 1_000, [POWER]: 1 }));
    await store.maintain();
    await store.settled();
    expect(await series(meter, old, old + HOUR)).toEqual(hour);
    await store.close();
  }, 120_000);

  test("a clock that is years ahead for an hour lets go of nothing", async () => {
    const folder = underTest();
    let time = now;
    const store = await folder.open({ now: () => time, retention: { rawDays, rollUpDays: 300 } });
    const { put, rawOf, series } = trialOf(() => store);
    const meter = newMeter();
    await put(...steady(meter, now - 3 * DAY, now, 5 * MINUTE, 5));
    const answers = async (): Promise<unknown> => [
      await rawOf(meter),
      await series(meter, now - 3 * DAY, now, "day"),
    ];
    const before = await answers();
    time = now + 9 * 365 * DAY;
    await store.maintain();
    time = now;
    await store.settled();
    expect(await answers()).toEqual(before);
    await store.close();
  }, 120_000);
}
