import { MINUTE_MS } from "@smp/schemas";
import type { CostBucket, CostSeries, CreatedToken, MeterPrices, Tariff, TariffList } from "@smp/schemas/api";
import { parquetReadObjects } from "hyparquet";
import { describe, expect, test } from "vitest";
import {
  ADMIN_TOKEN,
  anonymousFixture,
  fixture,
  METER,
  MIDNIGHT,
  NOW,
  reading,
  readings,
  type Fixture,
} from "../fixture.ts";
import { ask, askJson } from "../openapi.ts";
import { tariff } from "../tariff.ts";

const QUARTER_MS = 15 * MINUTE_MS;
const COST = `/v1/meters/${METER}/cost`;
const day = "from=2026-03-29&to=2026-03-30";

const put = async ({ app }: Pick<Fixture, "app">, ...contracts: Tariff[]): Promise<void> => {
  for (const contract of contracts) {
    const response = await ask(app, `/v1/tariffs/${contract.id}`, {
      method: "PUT",
      body: JSON.stringify(contract),
    });
    expect(response.status).toBe(201);
  }
};
/** 7 Wh a minute from midnight until noon, no export. */
async function withDay(...contracts: Tariff[]): Promise<Fixture> {
  const made = fixture();
  await made.store.append(readings(MIDNIGHT, NOW));
  await put(made, ...contracts);
  return made;
}
const total = async ({ app }: Fixture, query: string): Promise<CostBucket> =>
  (await askJson<CostSeries>(app, `${COST}?${query}`)).total;

test("a fixed price costs energy × price, with VAT", async () => {
  const made = await withDay(tariff());
  // Eleven hours: the counter rose 660 times by 7 Wh.
  expect(await total(made, day)).toMatchObject({
    import_kwh: 4.62,
    import_cost: "1.1088",
    export_credit: "0.00",
    base_fee: "0.00",
    total: "1.1088",
    estimated_kwh: 0,
    unpriced_kwh: 0,
    coverage: 1,
  });
});

test("without a contract nothing is known of the money, and all energy is unpriced", async () => {
  const made = await withDay();
  const answer = await askJson<CostSeries>(made.app, `${COST}?${day}&resolution=day`);
  expect(answer).toMatchObject({ currency: null, tariffs: [] });
  expect(answer.total).toMatchObject({
    import_kwh: 4.62,
    import_cost: null,
    export_credit: null,
    base_fee: null,
    total: null,
    unpriced_kwh: 4.62,
    parts: [],
  });
});

test("a changed contract changes the past, and the answer names the contracts", async () => {
  const made = await withDay(
    tariff({ valid_to: "2026-03-29" }),
    tariff({ id: "neu", valid_from: "2026-03-29" }),
  );
  const before = await askJson<CostSeries>(made.app, `${COST}?from=2026-03-28&to=2026-03-30`);
  expect(before.tariffs.map(({ id }) => id)).toEqual(["haus", "neu"]);
  expect(before.total.total).toBe("1.1088");
  const dearer = tariff({
    id: "neu",
    valid_from: "2026-03-29",
    import: [{ name: "E", kind: "fixed", price: "1" }],
  });
  await ask(made.app, "/v1/tariffs/neu", { method: "PUT", body: JSON.stringify(dearer) });
  expect((await total(made, day)).total).toBe("5.544");
});

test("a meter's own contract goes before the one for all, which counts when it has ended", async () => {
  const general = tariff({ id: "alle", meters: null, import: [{ name: "E", kind: "fixed", price: "1" }] });
  const made = await withDay(general, tariff({ valid_to: "2026-03-29" }));
  expect((await total(made, day)).import_cost).toBe("5.544");
  await ask(made.app, "/v1/tariffs/haus", { method: "PUT", body: JSON.stringify(tariff()) });
  expect((await total(made, day)).import_cost).toBe("1.1088");
});

test("a contract of two currencies in one range is refused with the time of the change", async () => {
  const made = await withDay(
    tariff({ valid_to: "2026-03-29" }),
    tariff({ id: "ch", valid_from: "2026-03-29", currency: "CHF" }),
  );
  const response = await ask(made.app, `${COST}?from=2026-03-28&to=2026-03-30`);
  expect(response.status).toBe(422);
  expect(await response.text()).toContain("2026-03-29T00:00:00+01:00");
  expect((await ask(made.app, `${COST}?${day}`)).status).toBe(200);
});

test("energy of a gap is spread over its time for money, counted as estimated, and adds up", async () => {
  const made = fixture();
  // 10:10 to 11:50 without a reading, 1,001 Wh: 50 minutes lie before 11:00.
  const [from, to] = [MIDNIGHT + 9 * 3_600_000 + 10 * MINUTE_MS, MIDNIGHT + 9 * 3_600_000 + 110 * MINUTE_MS];
  await made.store.append([
    reading(from - QUARTER_MS, { "1-0:1.8.0": 1_000 }),
    reading(from, { "1-0:1.8.0": 1_100 }),
    reading(to, { "1-0:1.8.0": 2_101 }),
  ]);
  await put(made, tariff({ import: [{ name: "E", kind: "fixed", price: "1" }], vat_percent: "0" }));
  const hours = await askJson<CostSeries>(made.app, `${COST}?${day}&resolution=1h`);
  const known = hours.buckets.filter(({ import_kwh }) => import_kwh !== null);
  expect(
    known.map(({ start, import_cost, estimated_kwh }) => [start.slice(11, 16), import_cost, estimated_kwh]),
  ).toEqual([
    ["09:00", "0.10", 0],
    ["10:00", "0.50", 0.5],
    ["11:00", "0.501", 0.501],
  ]);
  const quarters = await askJson<CostSeries>(made.app, `${COST}?${day}&resolution=15m`);
  expect(quarters.total).toEqual(hours.total);
  expect(quarters.total).toMatchObject({ import_kwh: 1.101, import_cost: "1.101", estimated_kwh: 1.001 });
});

describe("dynamic prices", () => {
  const dynamic = (more: object = {}): Tariff =>
    tariff({ import: [{ name: "Börse", kind: "dynamic", series: "da", ...more }], vat_percent: "0" });
  const putPrices = ({ app }: Fixture, slot: string, ...prices: [string, string][]): Promise<Response> =>
    ask(app, "/v1/prices/da", {
      method: "PUT",
      body: JSON.stringify({
        currency: "EUR",
        slot,
        prices: prices.map(([start, price]) => ({ start, price })),
      }),
    });

  test("are the slot's, negative ones included; energy without a price is unpriced", async () => {
    const made = await withDay(dynamic());
    await putPrices(
      made,
      "1h",
      ["2026-03-29T00:00:00+01:00", "-0.10"],
      ["2026-03-29T01:00:00+01:00", "0.30"],
    );
    // 420 Wh in each hour.
    const { total: sum, buckets } = await askJson<CostSeries>(made.app, `${COST}?${day}&resolution=1h`);
    expect(buckets.slice(0, 3).map(({ import_cost }) => import_cost)).toEqual(["-0.042", "0.126", null]);
    expect(sum).toMatchObject({ import_cost: "0.084", unpriced_kwh: 3.78 });
  });

  test("take the formula: factor, markup, limits, and the mean of the hour", async () => {
    const made = await withDay(dynamic({ slot: "1h", factor: "2", markup: "0.01", minimum: "0.2" }));
    const quarters = ["00", "15", "30", "45"].map((minute, index): [string, string] => [
      `2026-03-29T00:${minute}:00+01:00`,
      ["0.1", "0.2", "0.3", "0.41"][index]!,
    ]);
    await putPrices(made, "15m", ...quarters);
    const { slots } = await askJson<MeterPrices>(made.app, `/v1/meters/${METER}/prices?${day}`);
    // 0.2525 × 2 + 0.01
    expect(slots.slice(0, 5).map(({ import_price }) => import_price)).toEqual([
      ...Array(4).fill("0.515"),
      null,
    ]);
    await putPrices(made, "15m", ...quarters.map(([start]): [string, string] => [start, "0.05"]));
    expect(
      (await askJson<MeterPrices>(made.app, `/v1/meters/${METER}/prices?${day}`)).slots[0]!.import_price,
    ).toBe("0.20");
  });

  test("that are deleted make the past count anew: its energy is unpriced", async () => {
    const made = await withDay(dynamic());
    await putPrices(made, "1h", ["2026-03-29T00:00:00+01:00", "0.10"], ["2026-03-29T01:00:00+01:00", "0.30"]);
    const asked = async (): Promise<{ sum: CostSeries["total"]; tag: string | null }> => {
      const answer = await ask(made.app, `${COST}?${day}&resolution=1h`);
      return { sum: ((await answer.json()) as CostSeries).total, tag: answer.headers.get("etag") };
    };
    const before = await asked();
    const hour = "from=2026-03-29T01:00:00%2B01:00&to=2026-03-29T03:00:00%2B02:00";
    await ask(made.app, `/v1/prices/da?${hour}`, { method: "DELETE" });
    const after = await asked();
    expect(before.sum).toMatchObject({ import_cost: "0.168", unpriced_kwh: 3.78 });
    expect(after.sum).toMatchObject({ import_cost: "0.042", unpriced_kwh: 4.2 });
    expect(after.tag).not.toBe(before.tag);
  });

  test("of another currency than the contract's are refused", async () => {
    const made = await withDay({ ...dynamic(), currency: "CHF" });
    await putPrices(made, "1h", ["2026-03-29T00:00:00+01:00", "0.1"]);
    expect((await ask(made.app, `${COST}?${day}`)).status).toBe(422);
  });
});

test("the effective prices name contract and zone, and jump over the missing hour", async () => {
  const night = {
    name: "Netz",
    kind: "time-of-use" as const,
    zones: [{ name: "Nacht", price: "0.03", from: "22:00", to: "06:00" }],
    otherwise: { name: "Tag", price: "0.05" },
  };
  const made = await withDay(tariff({ import: [night] }));
  const { slots } = await askJson<MeterPrices>(made.app, `/v1/meters/${METER}/prices?${day}`);
  expect(slots).toHaveLength(92);
  expect(slots.filter(({ zones }) => zones[0] === "Nacht")).toHaveLength(5 * 4 + 2 * 4);
  expect(slots[8]).toMatchObject({
    start: "2026-03-29T03:00:00+02:00",
    import_price: "0.036",
    tariff: "haus",
    zones: ["Nacht"],
  });
});

test("a preview counts another contract over the whole range, and stores nothing", async () => {
  const made = await withDay(tariff());
  const other = tariff({
    id: "x",
    meters: null,
    valid_from: "2030-01-01",
    import: [{ name: "E", kind: "fixed", price: "0.1" }],
  });
  const preview = (body: object): Promise<Response> =>
    ask(made.app, `${COST}/preview`, { method: "POST", body: JSON.stringify(body) });
  const answer = (await (
    await preview({ tariff: other, from: "2026-03-29", to: "2026-03-30" })
  ).json()) as CostSeries;
  expect(answer).toMatchObject({ tariffs: [{ id: "x" }], total: { import_cost: "0.5544" } });
  expect((await askJson<TariffList>(made.app, "/v1/tariffs")).tariffs).toHaveLength(1);
  for (const body of [
    {},
    { tariff: other },
    { tariff: {}, from: "2026-03-29", to: "2026-03-30" },
    { tariff: other, from: 1, to: 2 },
  ])
    expect((await preview(body)).status).toBe(400);
});

test("CSV has a row per bucket", async () => {
  const made = await withDay(tariff());
  const response = await ask(made.app, `${COST}?${day}&resolution=day&format=csv`);
  expect(response.headers.get("content-disposition")).toContain(`${METER}_cost_day_2026-03-29.csv`);
  expect(await response.text()).toBe(
    "start,end,import_kwh,export_kwh,import_cost,export_credit,base_fee,total,currency,estimated_kwh,unpriced_kwh,coverage\r\n" +
      "2026-03-29T00:00:00+01:00,2026-03-30T00:00:00+02:00,4.62,0,1.1088,0.00,0.00,1.1088,EUR,0,0,1\r\n",
  );
});

test("NDJSON and Parquet have the same rows", async () => {
  const made = await withDay(tariff());
  const path = `${COST}?${day}&resolution=1h`;
  const { buckets } = (await (await ask(made.app, path)).json()) as CostSeries;
  const lines = (await (await ask(made.app, `${path}&format=ndjson`)).text()).trim().split("\n");
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(
    buckets.map((bucket) => ({ ...bucket, currency: "EUR" })),
  );
  const file = await (await ask(made.app, `${path}&format=parquet`)).arrayBuffer();
  const rows = await parquetReadObjects({ file });
  expect(rows.map(({ start, total, currency }) => [Number(start), total, currency])).toEqual(
    buckets.map(({ start, total }) => [Date.parse(start), total === null ? null : Number(total), "EUR"]),
  );
});

test("more than a year, or too many buckets, is refused with what fits", async () => {
  const made = await withDay(tariff());
  expect((await ask(made.app, `${COST}?from=2024-01-01&to=2026-01-01&resolution=month`)).status).toBe(422);
  expect((await ask(made.app, `${COST}?from=2025-01-01&to=2026-01-01&resolution=15m`)).status).toBe(422);
  expect((await ask(made.app, `${COST}?from=2025-01-01&to=2026-01-01&resolution=1h`)).status).toBe(200);
});

describe("rights", () => {
  const as = (token: string, init: RequestInit = {}): RequestInit => ({
    ...init,
    headers: { authorization: `Bearer ${token}` },
  });
  const tokenOf = async ({ app }: Fixture, wish: object): Promise<string> => {
    const body = JSON.stringify({
      name: "t",
      scopes: ["read"],
      meters: null,
      finest: "15m",
      expires_in_days: 1,
      ...wish,
    });
    return (await askJson<CreatedToken>(app, "/v1/tokens", as(ADMIN_TOKEN, { method: "POST", body }))).token;
  };
  const made = async (): Promise<Fixture> => {
    const found = anonymousFixture();
    await found.store.append([...readings(MIDNIGHT, NOW), ...readings(MIDNIGHT, NOW, { meter: "other-1" })]);
    await ask(
      found.app,
      "/v1/tariffs/haus",
      as(ADMIN_TOKEN, { method: "PUT", body: JSON.stringify(tariff({ meters: [METER, "other-1"] })) }),
    );
    return found;
  };
  const status = async ({ app }: Fixture, path: string, init: RequestInit): Promise<number> =>
    (await ask(app, path, init)).status;

  test("a stranger gets no cost, price, contract or series", async () => {
    const found = await made();
    expect(await status(found, `${COST}?${day}`, {})).toBe(404);
    expect(await status(found, `/v1/meters/${METER}/prices`, {})).toBe(404);
    for (const path of ["/v1/tariffs", "/v1/tariffs/haus"]) expect(await status(found, path, {})).toBe(401);
    expect(await status(found, "/v1/tariffs/haus", { method: "DELETE" })).toBe(401);
  });

  test("a coarse token gets no finer cost, and no preview with prices of its own", async () => {
    const found = await made();
    const token = await tokenOf(found, { meters: [METER], finest: "day", scopes: ["read", "write"] });
    expect(await status(found, `${COST}?${day}&resolution=day`, as(token))).toBe(200);
    expect(await status(found, `${COST}?${day}&resolution=1h`, as(token))).toBe(403);
    const body = JSON.stringify({
      tariff: tariff(),
      from: "2026-03-29",
      to: "2026-03-30",
      resolution: "day",
    });
    expect(await status(found, `${COST}/preview`, as(token, { method: "POST", body }))).toBe(403);
    const own = JSON.stringify(tariff({ id: "own" }));
    expect(await status(found, "/v1/tariffs/own", as(token, { method: "PUT", body: own }))).toBe(403);
  });

  test("a token of one meter sees the contract without the others, and may not change it", async () => {
    const found = await made();
    const token = await tokenOf(found, { meters: [METER], scopes: ["read", "write"] });
    expect((await askJson<Tariff>(found.app, "/v1/tariffs/haus", as(token))).meters).toEqual([METER]);
    const body = JSON.stringify(tariff());
    expect(await status(found, "/v1/tariffs/haus", as(token, { method: "PUT", body }))).toBe(403);
    expect(await status(found, "/v1/tariffs/haus", as(token, { method: "DELETE" }))).toBe(403);
    const other = await tokenOf(found, { meters: ["third-1"], scopes: ["read", "write"] });
    expect(await status(found, "/v1/tariffs/haus", as(other))).toBe(404);
    expect(await status(found, `${COST}?${day}`, as(other))).toBe(404);
  });
});
