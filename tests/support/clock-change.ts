import { createApp, localAdmin, readConfig } from "@smp/api";
import type { EnergySeries } from "@smp/schemas/api";
import type { Store } from "@smp/store";
import { pino } from "pino";
import { beforeAll, describe, expect, test } from "vitest";

const TZ = "Europe/Vienna";
const QUARTER_MS = 900_000;
const METER = "clock-change";
/** Midnight of Vienna, 1 January 2026 and 2027. */
const [YEAR_START, YEAR_END] = [Date.parse("2025-12-31T23:00:00Z"), Date.parse("2026-12-31T23:00:00Z")];

/** What the counter shows: it rises by another amount each quarter hour. */
const counterWh = (t: number): number => {
  const quarter = (t - YEAR_START) / QUARTER_MS;
  return 1_000_000 + quarter * 40 + (quarter % 7) * 3;
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

/** Both clock changes of 2026, through HTTP, on whichever store. */
export function clockChangeTests(name: string, open: () => Store): void {
  describe(`${name}, where the clock changes`, () => {
    const ask = async (store: Store, from: string, to: string, resolution: string): Promise<EnergySeries> => {
      const app = createApp(readConfig({}), { store, logger: pino({ level: "silent" }) });
      const query = new URLSearchParams({ from, to, resolution, tz: TZ });
      const answer = await app.request(
        `/v1/meters/${METER}/energy?${query.toString()}`,
        {},
        { caller: localAdmin() },
      );
      expect(answer.status).toBe(200);
      return (await answer.json()) as EnergySeries;
    };
    const difference = (start: string, end: string): number =>
      (counterWh(Date.parse(end)) - counterWh(Date.parse(start))) / 1000;

    beforeAll(async () => {
      const readings = Array.from({ length: (YEAR_END - YEAR_START) / QUARTER_MS + 1 }, (_, index) => {
        const t = YEAR_START + index * QUARTER_MS;
        return { meter: METER, device: METER, t, received: t, r: { "1-0:1.8.0": counterWh(t) } };
      });
      for (let start = 0; start < readings.length; start += 10_000)
        await open().append(readings.slice(start, start + 10_000));
      await open().settled();
      // As the store does by itself within a minute.
      await open().maintain();
    }, 120_000);

    test.each(DAYS)(
      "$day.0 has $quarters quarter hours and $hours hours, in the clock's order",
      async (given) => {
        const [from, to] = given.day;
        for (const [resolution, count] of [
          ["15m", given.quarters],
          ["1h", given.hours],
          ["day", 1],
        ] as const) {
          const { buckets, total } = await ask(open(), from, to, resolution);
          expect(buckets).toHaveLength(count);
          expect([buckets[0]?.start, buckets.at(-1)?.end]).toEqual([from, to]);
          for (const [index, bucket] of buckets.entries()) {
            expect(bucket.import_kwh, `${resolution} ${bucket.start}`).toBe(
              difference(bucket.start, bucket.end),
            );
            expect(bucket).toMatchObject({ coverage: 1, quality: "measured" });
            if (index > 0) expect(bucket.start).toBe(buckets[index - 1]?.end);
          }
          const sumWh = buckets.reduce(
            (sum, { import_kwh }) => sum + Math.round((import_kwh ?? 0) * 1000),
            0,
          );
          expect(sumWh / 1000).toBe(difference(from, to));
          expect(total.import_kwh).toBe(difference(from, to));
          if (resolution === "1h") {
            const starts = buckets.map(({ start }) => start.slice(11));
            const at = starts.indexOf(given.clock[0]);
            expect(starts.slice(at, at + given.clock.length)).toEqual(given.clock);
          }
        }
      },
    );

    test.each(DAYS)("the month of $day.0 and the year are the counter's differences", async ({ month }) => {
      const [from, to] = month;
      const months = await ask(open(), from, to, "month");
      expect(months.buckets).toMatchObject([
        { start: from, end: to, import_kwh: difference(from, to), coverage: 1 },
      ]);
      const days = await ask(open(), from, to, "day");
      expect(days.buckets).toHaveLength(31);
      for (const { start, end, import_kwh } of days.buckets) expect(import_kwh).toBe(difference(start, end));
      const [start, end] = ["2026-01-01T00:00:00+01:00", "2027-01-01T00:00:00+01:00"];
      const year = await ask(open(), start, end, "year");
      expect(year.buckets).toMatchObject([{ start, end, import_kwh: difference(start, end), coverage: 1 }]);
      const all = await ask(open(), start, end, "month");
      expect(all.buckets.map((bucket) => bucket.start.slice(19))).toEqual(
        ["+01:00", "+01:00", "+01:00"].concat(
          Array.from({ length: 7 }, () => "+02:00"),
          ["+01:00", "+01:00"],
        ),
      );
      for (const bucket of all.buckets) expect(bucket.import_kwh).toBe(difference(bucket.start, bucket.end));
    });
  });
}
