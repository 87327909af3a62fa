import { createApp, DEFAULT_LIMITS, localAdmin } from "@smp/api";
import { bucketBounds, QUARTER_HOUR_MS } from "@smp/schemas";
import type { EnergySeries } from "@smp/schemas/api";
import type { Store } from "@smp/store";
import { pino } from "pino";
import { expect } from "vitest";

const ZONE = "Europe/Vienna";
const MINUTE_MS = 60_000;
/** Watt-hours between two readings; a prime number, so that a shift by a bucket shows. */
const STEP_WH = 7;

/** What must come of the two days on which the clocks change, and of the month and year around them. */
export const CLOCK_CHANGES: readonly { date: string; quarters: number; hours: number; twice: string[] }[] = [
  { date: "2026-03-29", quarters: 92, hours: 23, twice: ["T01:00:00+01:00", "T03:00:00+02:00"] },
  { date: "2026-10-25", quarters: 100, hours: 25, twice: ["T02:00:00+02:00", "T02:00:00+01:00"] },
];

/** Stores a reading every five minutes from a day before to a day after, and asks the API at every resolution. */
export async function expectClockChange(
  store: Store,
  { date, quarters, hours, twice }: (typeof CLOCK_CHANGES)[number],
): Promise<void> {
  const meter = `dst-${date}-${Date.now().toString(36)}`;
  const midnight = Date.parse(`${date}T00:00:00Z`);
  const [from = 0, to = 0] = bucketBounds(midnight + 6 * 3_600_000, midnight + 7 * 3_600_000, "day", ZONE);
  const start = from - 24 * 3_600_000;
  const end = to + 24 * 3_600_000;
  const counterAt = (t: number): number => 1_000_000 + ((t - start) / (5 * MINUTE_MS)) * STEP_WH;
  const list = Array.from({ length: (end - start) / (5 * MINUTE_MS) + 1 }, (_, index) => {
    const t = start + index * 5 * MINUTE_MS;
    return { meter, device: meter, t, received: t + 100, r: { "1-0:1.8.0": counterAt(t), "1-0:16.7.0": 84 } };
  });
  for (let index = 0; index < list.length; index += 500) await store.append(list.slice(index, index + 500));
  await store.settled();

  const app = createApp(
    {
      host: "127.0.0.1",
      port: 0,
      timeZone: ZONE,
      trustedProxies: [],
      limits: { ...DEFAULT_LIMITS, requestsPerMinute: 0, queryMs: 30_000 },
    },
    { store, logger: pino({ level: "silent" }), now: () => end + 3_600_000 },
  );
  const ask = async (resolution: string): Promise<EnergySeries> => {
    const address = `/v1/meters/${meter}/energy?from=${date}&to=${nextDay(date)}&resolution=${resolution}`;
    const response = await app.request(address, {}, { caller: localAdmin() });
    expect(response.status, await response.clone().text()).toBe(200);
    return (await response.json()) as EnergySeries;
  };
  const wh = counterAt(to) - counterAt(from);
  for (const [resolution, count] of [
    ["15m", quarters],
    ["1h", hours],
    ["day", 1],
  ] as const) {
    const { buckets, total } = await ask(resolution);
    expect(buckets.map(({ start: at }) => at)).toHaveLength(count);
    expect(new Set(buckets.map(({ start: at }) => at)).size, "no two buckets have one name").toBe(count);
    expect(sumWh(buckets), resolution).toBe(wh);
    expect(Math.round((total.import_kwh ?? 0) * 1000)).toBe(wh);
    expect(buckets.every(({ coverage }) => coverage === 1)).toBe(true);
    // Each bucket is the counter's difference between its own bounds.
    for (const bucket of buckets)
      expect(Math.round((bucket.import_kwh ?? 0) * 1000), bucket.start).toBe(
        counterAt(Date.parse(bucket.end)) - counterAt(Date.parse(bucket.start)),
      );
  }
  const hoursSeen = (await ask("1h")).buckets.map(({ start: at }) => at.slice(10));
  expect(hoursSeen).toEqual(expect.arrayContaining(twice));
  const quartersSeen = (await ask("15m")).buckets.map(({ start: at }) => Date.parse(at));
  expect(quartersSeen).toEqual(
    Array.from({ length: quarters }, (_, index) => from + index * QUARTER_HOUR_MS),
  );
  // Month and year hold three days of readings, whatever the clocks did within.
  for (const resolution of ["month", "year"]) {
    const { buckets } = await ask(resolution);
    expect(buckets).toHaveLength(1);
    expect(sumWh(buckets), resolution).toBe(counterAt(end) - counterAt(start));
    expect(buckets[0]!.start).toMatch(/-01T00:00:00\+0[12]:00$/);
  }
}

const sumWh = (buckets: EnergySeries["buckets"]): number =>
  buckets.reduce((sum, { import_kwh }) => sum + Math.round((import_kwh ?? 0) * 1000), 0);

const nextDay = (date: string): string =>
  new Date(Date.parse(`${date}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
