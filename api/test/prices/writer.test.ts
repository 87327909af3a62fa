import * as fc from "fast-check";
import { expect, test } from "vitest";
import { priceSummaries, readQuarterPrices } from "../../src/prices/series.ts";
import { PriceWriter, type PriceTable } from "../../src/prices/writer.ts";
import { FakeStore } from "../fake-store.ts";
import { NOW } from "../fixture.ts";

const QUARTER_MS = 900_000;
const DAY = Date.UTC(2026, 2, 29);
const SERIES = { id: "da", currency: "EUR" };
const table = (prices: [number, string][], more: Partial<PriceTable> = {}): PriceTable => ({
  currency: "EUR",
  slot: "15m",
  prices: new Map(prices.map(([quarter, price]) => [DAY + quarter * QUARTER_MS, price])),
  ...more,
});
const stored = async (store: FakeStore, quarters: number): Promise<(string | null)[]> =>
  readQuarterPrices(store, SERIES, DAY, DAY + quarters * QUARTER_MS);

/** Writers as processes are: each read comes before the other's write, whatever they do. */
function raced(store: FakeStore, count: number): PriceWriter[] {
  let waiting: (() => void)[] = [];
  let reached = 0;
  const settled = async (): Promise<void> => {
    if (++reached > count) return;
    await new Promise<void>((resolve) => {
      waiting.push(resolve);
      if (waiting.length < count) return;
      for (const go of waiting) go();
      waiting = [];
    });
  };
  const lagging = (): FakeStore =>
    Object.assign(Object.create(store) as FakeStore, {
      settled,
      documents: async (kind: string) => {
        const found = await store.documents(kind);
        await new Promise((resolve) => setImmediate(resolve));
        return found;
      },
      putDocument: async (document: Parameters<FakeStore["putDocument"]>[0]) => store.putDocument(document),
    });
  return Array.from({ length: count }, () => new PriceWriter(lagging(), () => NOW));
}

test("two processes that put into the same day at the same time lose none of their slots", async () => {
  const store = new FakeStore();
  const [a, b] = raced(store, 2) as [PriceWriter, PriceWriter];
  await Promise.all([
    a.put(
      "da",
      table([
        [0, "0.1"],
        [1, "0.2"],
      ]),
    ),
    b.put(
      "da",
      table([
        [2, "0.3"],
        [3, "0.4"],
      ]),
    ),
  ]);
  expect(await stored(store, 4)).toEqual(["0.1", "0.2", "0.3", "0.4"]);
  expect(await priceSummaries(store)).toMatchObject([{ firstMs: DAY, lastMs: DAY + 4 * QUARTER_MS }]);
});

test("calls of one process at the same time lose nothing either", async () => {
  const store = new FakeStore();
  const writer = new PriceWriter(store, () => NOW);
  await Promise.all(
    Array.from({ length: 20 }, (_, quarter) => writer.put("da", table([[quarter, `0.${quarter}`]]))),
  );
  expect(await stored(store, 20)).toEqual(Array.from({ length: 20 }, (_, quarter) => `0.${quarter}`));
  expect(await store.documents("prices/da/2026")).toHaveLength(1);
});

test("what a writer saw, it replaces, even if the other one's clock is ahead", async () => {
  const store = new FakeStore();
  await new PriceWriter(store, () => NOW + 600_000).put("da", table([[0, "0.1"]]));
  await new PriceWriter(store, () => NOW).put("da", table([[0, "0.2"]]));
  expect(await stored(store, 1)).toEqual(["0.2"]);
  await new PriceWriter(store, () => NOW - 600_000).remove("da", { from: DAY, to: DAY + QUARTER_MS });
  expect(await stored(store, 1)).toEqual([null]);
});

test("documents of processes that are gone are taken over, so that their number stays small", async () => {
  const store = new FakeStore();
  let now = NOW;
  for (let process = 0; process < 30; process++) {
    await new PriceWriter(store, () => now).put("da", table([[process, "0.1"]]));
    now += 45 * 60_000;
  }
  expect((await store.documents("prices/da/2026")).length).toBeLessThanOrEqual(3);
  expect((await stored(store, 30)).every((price) => price === "0.1")).toBe(true);
});

test("prices that are known already are not written again", async () => {
  const store = new FakeStore();
  const writer = new PriceWriter(store, () => NOW);
  await writer.put("da", table([[0, "0.1"]]));
  const [before] = await store.documents("prices/da/2026");
  await new PriceWriter(store, () => NOW + 1).put("da", table([[0, "0.1"]]));
  expect(await store.documents("prices/da/2026")).toEqual([before]);
});

test("two processes that make a series in two currencies: one is refused, its prices do not count", async () => {
  const store = new FakeStore();
  const [a, b] = raced(store, 2) as [PriceWriter, PriceWriter];
  const done = await Promise.allSettled([
    a.put("da", table([[0, "0.1"]])),
    b.put("da", table([[1, "0.9"]], { currency: "CHF" })),
  ]);
  expect(done.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  const [series] = await priceSummaries(store);
  const prices = await readQuarterPrices(store, series!, DAY, DAY + 2 * QUARTER_MS);
  expect(prices).toEqual(series!.currency === "EUR" ? ["0.1", null] : [null, "0.9"]);
});

test("a deleted series can begin anew, in another currency; what was, does not come back", async () => {
  const store = new FakeStore();
  await new PriceWriter(store, () => NOW + 600_000).put("da", table([[0, "0.1"]]));
  const writer = new PriceWriter(store, () => NOW);
  expect(await writer.remove("da")).toEqual({ quarters: 1, left: null });
  await expect(writer.remove("da")).rejects.toMatchObject({ kind: "unknown-prices" });
  await writer.put("da", table([[1, "0.2"]], { currency: "CHF" }));
  const prices = await readQuarterPrices(store, { id: "da", currency: "CHF" }, DAY, DAY + 2 * QUARTER_MS);
  expect(prices).toEqual([null, "0.2"]);
});

test("days of an earlier version are read and added to", async () => {
  const store = new FakeStore();
  const prices = Array.from({ length: 96 }, (_, index) => (index < 8 ? "0.1" : null));
  await store.putDocument({ kind: "prices/da/2026", id: "2026-03-29", value: { slot: "1h", prices }, t: 1 });
  const head = { ...SERIES, name: "da", slot: "1h", firstMs: DAY, lastMs: DAY + 8 * QUARTER_MS };
  await store.putDocument({ kind: "price-series", id: "da", value: head, t: 1 });
  expect(await priceSummaries(store)).toMatchObject([{ slot: "1h", lastMs: DAY + 8 * QUARTER_MS }]);
  await new PriceWriter(store, () => NOW).put("da", table([[7, "0.2"]]));
  expect(await stored(store, 9)).toEqual([...Array.from({ length: 7 }, () => "0.1"), "0.2", null]);
});

test("whatever is put and deleted in whatever order by whichever process, the last call counts, slot by slot", async () => {
  const step = fc.record({
    writer: fc.nat({ max: 2 }),
    from: fc.nat({ max: 11 }),
    length: fc.integer({ min: 1, max: 6 }),
    price: fc.option(fc.constantFrom("0.1", "0.2", "-0.3"), { nil: null }),
    waitMs: fc.constantFrom(0, 1_000, 3_000_000),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const store = new FakeStore();
      let now = NOW;
      const writers = [0, 60_000, -60_000].map((skew) => new PriceWriter(store, () => now + skew));
      await writers[0]!.put("da", table([[20, "1"]]));
      const expected: (string | null)[] = Array.from({ length: 18 }, () => null);
      for (const { writer, from, length, price, waitMs } of steps) {
        now += waitMs;
        const quarters = Array.from({ length }, (_, index) => from + index);
        for (const quarter of quarters) expected[quarter] = price;
        if (price !== null)
          await writers[writer]!.put("da", table(quarters.map((quarter) => [quarter, price])));
        else
          await writers[writer]!.remove("da", {
            from: DAY + from * QUARTER_MS,
            to: DAY + (from + length) * QUARTER_MS,
          });
      }
      expect(await stored(store, 18)).toEqual(expected);
    }),
    { numRuns: 60 },
  );
});
