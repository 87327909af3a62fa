import { createApp, localAdmin, readConfig } from "@smp/api";
import { DAY_MS, HOUR_MS, QUARTER_HOUR_MS } from "@smp/schemas";
import type { EnergySeries } from "@smp/schemas/api";
import type { Store } from "@smp/store";
import { pino } from "pino";
import { beforeAll, describe, expect, test } from "vitest";

const TZ = "Europe/Vienna";
/** Midnight of Vienna, 1 January 2026 and 2027. */
const [YEAR_START, YEAR_END] = [Date.parse("2025-12-31T23:00:00Z"), Date.parse("2026-12-31T23:00:00Z")];

/** Read each quarter hour of a year, which the store has rolled up. */
const OF_A_YEAR = "clock-change";
/** Read every five minutes from a day before to a day after a clock change, and just written. */
const justWritten = ({ day }: (typeof DAYS)[number]): string => `clock-change-${day[0].slice(0, 10)}`;

/** What the counter shows: it rises by another amount each quarter hour, so that a shift by a bucket shows. */
const counterWh = (t: number): number => {
  const quarter = (t - YEAR_START) / QUARTER_HOUR_MS;
  return 1_000_000 + Math.round(quarter * 60) + (Math.floor(quarter) % 7) * 3;
};

/** Days on which Vienna's clock changes: how many quarter hours and hours they have, and what the clock shows on the way. */
const DAYS = [
  {
    day: ["2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00"],
    month: ["2026-03-01T00:00:00+01:00", "2026-04-01T00:00:00+02:00"],
    quarters: 92,
    hours: 23,
    clock: ["01:00:00+01:00", "03:00:00+02:00", "04:00:00+02:00"],
  },
  {
    day: ["2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00"],
    month: ["2026-10-01T00:00:00+02:00", "2026-11-01T00:00:00+01:00"],
    quarters: 100,
    hours: 25,
    clock: ["01:00:00+02:00", "02:00:00+02:00", "02:00:00+01:00", "03:00:00+01:00"],
  },
] as const;
const YEAR = ["2026-01-01T00:00:00+01:00", "2027-01-01T00:00:00+01:00"] as const;

/** A day before until a day after. */
const daysAround = ({ day: [from, to] }: (typeof DAYS)[number]): [from: number, to: number] => [
  Date.parse(from) - DAY_MS,
  Date.parse(to) + DAY_MS,
];
const difference = (start: string, end: string): number =>
  (counterWh(Date.parse(end)) - counterWh(Date.parse(start))) / 1000;
const sumKwh = ({ buckets }: EnergySeries): number =>
  buckets.reduce((sum, { import_kwh }) => sum + Math.round((import_kwh ?? 0) * 1000), 0) / 1000;

async function write(store: Store, meter: string, from: number, to: number, stepMs: number): Promise<void> {
  const readings = Array.from({ length: (to - from) / stepMs + 1 }, (_, index) => {
    const t = from + index * stepMs;
    return { meter, device: meter, t, received: t, r: { "1-0:1.8.0": counterWh(t), "1-0:16.7.0": 84 } };
  });
  for (let start = 0; start < readings.length; start += 10_000)
    await store.append(readings.slice(start, start + 10_000));
  await store.settled();
}

async function ask(
  store: Store,
  meter: string,
  [from, to]: readonly [string, string],
  resolution: string,
): Promise<EnergySeries> {
  const app = createApp(readConfig({}), {
    store,
    logger: pino({ level: "silent" }),
    now: () => YEAR_END + HOUR_MS,
  });
  const query = new URLSearchParams({ from, to, resolution, tz: TZ });
  const path = `/v1/meters/${meter}/energy?${query.toString()}`;
  const answer = await app.request(path, {}, { caller: localAdmin() });
  expect(answer.status, await answer.clone().text()).toBe(200);
  return (await answer.json()) as EnergySeries;
}

/** Both clock changes of 2026, through HTTP, on whichever store. */
export function clockChangeTests(name: string, open: () => Store): void {
  describe(`${name}, where the clock changes`, () => {
    beforeAll(async () => {
      await write(open(), OF_A_YEAR, YEAR_START, YEAR_END, QUARTER_HOUR_MS);
      // As the store does by itself within a minute.
      await open().maintain();
      for (const given of DAYS)
        await write(open(), justWritten(given), ...daysAround(given), QUARTER_HOUR_MS / 3);
    }, 120_000);

    test.each(DAYS.flatMap((given) => [OF_A_YEAR, justWritten(given)].map((meter) => ({ ...given, meter }))))(
      "$day.0 has $quarters quarter hours and $hours hours, in the clock's order, of $meter",
      async ({ meter, day, quarters, hours, clock }) => {
        const [from, to] = day;
        for (const [resolution, count, lengthMs] of [
          ["15m", quarters, QUARTER_HOUR_MS],
          ["1h", hours, HOUR_MS],
          ["day", 1, hours * HOUR_MS],
        ] as const) {
          const series = await ask(open(), meter, day, resolution);
          const { buckets, total } = series;
          expect(buckets).toHaveLength(count);
          expect([buckets[0]?.start, buckets.at(-1)?.end]).toEqual([from, to]);
          for (const [index, { start, end, ...bucket }] of buckets.entries()) {
            expect(Date.parse(start), start).toBe(Date.parse(from) + index * lengthMs);
            expect(bucket, `${resolution} ${start}`).toMatchObject({
              import_kwh: difference(start, end),
              coverage: 1,
              quality: "measured",
            });
            if (index > 0) expect(start).toBe(buckets[index - 1]?.end);
          }
          expect(new Set(buckets.map(({ start }) => start)).size, "no two have one name").toBe(count);
          expect([sumKwh(series), total.import_kwh]).toEqual([difference(from, to), difference(from, to)]);
          if (resolution === "1h") {
            const starts = buckets.map(({ start }) => start.slice(11));
            const at = starts.indexOf(clock[0]);
            expect(starts.slice(at, at + clock.length)).toEqual(clock);
          }
        }
      },
    );

    test.each(DAYS)("the month of $day.0 and the year are the counter's differences", async ({ month }) => {
      const [from, to] = month;
      const months = await ask(open(), OF_A_YEAR, month, "month");
      expect(months.buckets).toMatchObject([
        { start: from, end: to, import_kwh: difference(from, to), coverage: 1 },
      ]);
      const days = await ask(open(), OF_A_YEAR, month, "day");
      expect(days.buckets).toHaveLength(31);
      for (const { start, end, import_kwh } of days.buckets) expect(import_kwh).toBe(difference(start, end));
      const [start, end] = YEAR;
      const year = await ask(open(), OF_A_YEAR, YEAR, "year");
      expect(year.buckets).toMatchObject([{ start, end, import_kwh: difference(start, end), coverage: 1 }]);
      const all = await ask(open(), OF_A_YEAR, YEAR, "month");
      expect(all.buckets.map((bucket) => bucket.start.slice(19))).toEqual(
        ["+01:00", "+01:00", "+01:00"].concat(
          Array.from({ length: 7 }, () => "+02:00"),
          ["+01:00", "+01:00"],
        ),
      );
      for (const bucket of all.buckets) expect(bucket.import_kwh).toBe(difference(bucket.start, bucket.end));
    });

    test.each(DAYS)("month and year of $day.0, asked by dates, have what three days have", async (given) => {
      const [from, to] = daysAround(given);
      for (const [resolution, bounds] of [
        ["month", given.month],
        ["year", YEAR],
      ] as const) {
        const dates = bounds.map((time) => time.slice(0, 10)) as [string, string];
        expect((await ask(open(), justWritten(given), dates, resolution)).buckets).toMatchObject([
          { start: bounds[0], end: bounds[1], import_kwh: (counterWh(to) - counterWh(from)) / 1000 },
        ]);
      }
    });
  });
}
