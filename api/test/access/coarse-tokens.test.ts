import { DAY_MS } from "@smp/schemas";
import type { CostSeries, EnergySeries, Finest, MeterList, PowerSeries } from "@smp/schemas/api";
import { describe, expect, test } from "vitest";
import { makeToken, tokenDocument } from "../../src/access/token.ts";
import { ADMIN_TOKEN, anonymousFixture, METER, MIDNIGHT, NOW, readings, type Fixture } from "../fixture.ts";
import { ask, askJson } from "../openapi.ts";
import { tariff } from "../tariff.ts";

// A landlord may see months, a cooperative days. Neither may find a way from there to what happens in an hour.
const OTHER = "other-1";
/** In the middle of a quarter hour. */
const THEN = NOW + 10 * 60_000;
type Headers = Record<string, string>;
const bearer = (token: string): Headers => ({ authorization: `Bearer ${token}` });
const admin = bearer(ADMIN_TOKEN);
const send = (method: string, headers: Headers, body?: unknown): RequestInit => ({
  method,
  headers: { ...headers, "content-type": "application/json" },
  ...(body === undefined ? {} : { body: JSON.stringify(body) }),
});

/** Two private meters with readings since three days before, and a token that reads and changes the first one. */
async function platform(finest: Finest): Promise<Fixture & { headers: Headers }> {
  const made = anonymousFixture({ requestsPerMinute: 0 });
  for (const meter of [METER, OTHER])
    await made.store.append(readings(MIDNIGHT - 3 * DAY_MS, THEN, { meter, stepMs: 60_000 }));
  const { record, secret } = makeToken(
    { name: finest, scopes: ["read", "write"], meters: [METER], finest },
    NOW,
  );
  await made.store.putDocument(tokenDocument(record));
  made.clock.now = THEN;
  return { ...made, headers: bearer(secret) };
}

describe("N63: a bucket that is running", () => {
  const energy = ({ app }: Fixture, headers: Headers, query: string): Promise<EnergySeries> =>
    askJson<EnergySeries>(app, `/v1/meters/${METER}/energy?${query}`, { headers });

  test.each([
    ["15m", "from=2026-03-29T11:45:00%2B02:00&to=2026-03-29T12:15:00%2B02:00&resolution=15m"],
    ["1h", "from=2026-03-29T11:00:00%2B02:00&to=2026-03-29T13:00:00%2B02:00&resolution=1h"],
    ["day", "from=2026-03-28&to=2026-03-30&resolution=day"],
    ["day", "from=2026-03-28&to=2026-03-30&resolution=month"],
  ] as const)("N63: is told a token of %s when it is over: %s", async (finest, query) => {
    const made = await platform(finest);
    const all = await energy(made, admin, query);
    const told = await energy(made, made.headers, query);
    expect(told.buckets).toHaveLength(all.buckets.length);
    expect(told.buckets.slice(0, -1)).toEqual(all.buckets.slice(0, -1));
    expect(all.buckets.at(-1)!.import_kwh).not.toBeNull();
    expect(told.buckets.at(-1)).toMatchObject({
      import_kwh: null,
      coverage: 0,
      readings: 0,
      quality: "none",
    });
    expect(told.total.import_kwh).toBe(told.buckets.length === 1 ? null : told.buckets[0]!.import_kwh);
  });

  test("N63: tells nothing to whoever asks again, of energy, power or money, in no form", async () => {
    const made = await platform("month");
    const { app, store, clock, headers } = made;
    await ask(app, "/v1/tariffs/haus", send("PUT", admin, tariff()));
    const look = async (): Promise<string> => {
      const query = "from=2026-03-29&to=2026-03-30&resolution=month";
      const answers = ["energy", "power", "cost"].flatMap((what) =>
        ["json", "csv", "ndjson"].map(async (format) => {
          const address = `/v1/meters/${METER}/${what}?${query}&format=${format}`;
          return (await ask(app, address, { headers })).text();
        }),
      );
      return (await Promise.all(answers)).join("\n");
    };
    const before = await look();
    expect(before).toContain("2026-03-01");
    await store.append(readings(THEN, THEN + 600_000, { wh: 900, start: 2_000_000 }));
    clock.now += 600_000;
    expect(await look()).toBe(before);
    const over = Date.parse("2026-04-01T00:00:00+02:00");
    clock.now = over - 1;
    expect(await look()).toBe(before);
    clock.now = over;
    expect(await look()).not.toBe(before);
    const power = await askJson<PowerSeries>(
      app,
      `/v1/meters/${METER}/power?from=2026-03-29&to=2026-03-30&resolution=month`,
      { headers },
    );
    expect(power.buckets[0]!.avg_w).not.toBeNull();
    const cost = await askJson<CostSeries>(
      app,
      `/v1/meters/${METER}/cost?from=2026-03-29&to=2026-03-30&resolution=month`,
      { headers },
    );
    expect(cost.total.import_kwh).toBeGreaterThan(0);
  });
});

describe("N63: a token that reads coarsely and may change settings", () => {
  const status = async ({ app }: Fixture, address: string, init: RequestInit): Promise<number> =>
    (await ask(app, address, init)).status;

  test("N63: neither opens the meter to itself, nor moves its days, nor takes readings out of them", async () => {
    const made = await platform("day");
    const { headers } = made;
    const change = (body: object): Promise<number> =>
      status(made, `/v1/meters/${METER}`, send("PATCH", headers, body));
    const swap = { at: "2026-03-28T12:00:00+01:00" };
    for (const body of [{ visibility: "open" }, { visibility: "aggregate" }, { time_zone: "Asia/Kathmandu" }])
      expect(await change(body), JSON.stringify(body)).toBe(403);
    expect(await status(made, `/v1/meters/${METER}/swaps`, send("POST", headers, swap))).toBe(403);
    expect(await status(made, `/v1/meters/${METER}/swaps`, send("POST", admin, swap))).toBe(201);
    const there = `/v1/meters/${METER}/swaps/${encodeURIComponent(swap.at)}`;
    expect(await status(made, there, send("DELETE", headers))).toBe(403);
    expect(await change({ name: "Haus", connection_limit_w: 11_000 })).toBe(200);
  });

  test("N63: with quarter hours, and no less, it moves days, but takes no single readings away", async () => {
    const made = await platform("15m");
    const move = (other: Fixture & { headers: Headers }): Promise<number> =>
      status(other, `/v1/meters/${METER}`, send("PATCH", other.headers, { time_zone: "Asia/Kathmandu" }));
    expect([await move(made), await move(await platform("1h"))]).toEqual([200, 403]);
    const swap = send("POST", made.headers, { at: "2026-03-28T12:00:00+01:00" });
    expect(await status(made, `/v1/meters/${METER}/swaps`, swap)).toBe(403);
  });

  test("N63: sets no prices that its meter's contract refers to: one quarter hour's would tell its energy", async () => {
    const made = await platform("day");
    const dynamic = { name: "Börse", kind: "dynamic", series: "own" } as const;
    const contract = tariff({ import: [dynamic] });
    expect(await status(made, "/v1/tariffs/haus", send("PUT", admin, contract))).toBe(201);
    const prices = {
      currency: "EUR",
      slot: "15m",
      prices: [{ start: "2026-03-28T12:00:00+01:00", price: "1000" }],
    };
    const put = (series: string, headers: Headers): Promise<number> =>
      status(made, `/v1/prices/${series}`, send("PUT", headers, prices));
    const finer = makeToken({ name: "owner", scopes: ["read", "write"], meters: [METER] }, NOW);
    const another = makeToken({ name: "another", scopes: ["read", "write"], meters: [OTHER] }, NOW);
    for (const { record } of [finer, another]) await made.store.putDocument(tokenDocument(record));
    made.clock.now += 6_000;
    expect(await put("own", made.headers)).toBe(403);
    expect(await put("own", bearer(another.secret))).toBe(403);
    expect(await put("own", bearer(finer.secret))).toBe(200);
    expect(await put("spare", made.headers)).toBe(200);
    expect(await status(made, "/v1/prices/own", send("DELETE", made.headers))).toBe(403);
    expect(await status(made, "/v1/prices/own", send("DELETE", bearer(finer.secret)))).toBe(200);
  });
});

test("N63: sets prices for every meter, or in a series of others' contracts, only if it reads them all finely", async () => {
  const made = await platform("raw");
  const series = { name: "Börse", kind: "dynamic", series: "own" } as const;
  const put = async (address: string, headers: Headers, body: object): Promise<number> =>
    (await ask(made.app, address, send("PUT", headers, body))).status;
  for (const [id, meter] of [
    ["mine", METER],
    ["other", OTHER],
  ] as const)
    await put(`/v1/tariffs/${id}`, admin, tariff({ id, meters: [meter], import: [series] }));
  expect(await put("/v1/prices/own", made.headers, { currency: "EUR", slot: "15m", prices: [] })).toBe(403);
  const all = tariff({ id: "all", meters: null, valid_from: "2020-01-01", valid_to: "2021-01-01" });
  const coarse = makeToken({ name: "coarse", scopes: ["read", "write"], finest: "day" }, NOW);
  const fine = makeToken({ name: "fine", scopes: ["read", "write"] }, NOW);
  for (const { record } of [coarse, fine]) await made.store.putDocument(tokenDocument(record));
  made.clock.now += 6_000;
  expect(await put("/v1/tariffs/all", made.headers, all)).toBe(403);
  expect(await put("/v1/tariffs/all", bearer(coarse.secret), all)).toBe(403);
  expect(await put("/v1/tariffs/all", bearer(fine.secret), all)).toBe(201);
  const both = { ...all, id: "both", meters: [METER, OTHER] };
  expect(await put("/v1/tariffs/both", made.headers, both)).toBe(403);
});

test("N63: a stream of several meters needs the right to each of them", async () => {
  const made = await platform("day");
  await made.store.putDocument({ kind: "meter", id: OTHER, value: { visibility: "open" }, t: NOW });
  const { headers } = made;
  for (const [meters, status] of [
    [OTHER, 200],
    [`${OTHER},${METER}`, 403],
  ] as const) {
    const response = await ask(made.app, `/v1/live?meters=${meters}`, { headers });
    expect(response.status).toBe(status);
    await response.body?.cancel();
  }
});

test("N63: who opens the meter of a device opens none behind it", async () => {
  const made = await platform("raw");
  const behind = `${METER}.attic`;
  await made.store.append(readings(MIDNIGHT, NOW, { meter: behind }));
  const change = send("PATCH", made.headers, { visibility: "open", name: "Haus" });
  expect((await ask(made.app, `/v1/meters/${METER}`, change)).status).toBe(200);
  const swap = send("POST", admin, { at: "2026-03-28T12:00:00+01:00" });
  expect((await ask(made.app, `/v1/meters/${METER}/swaps`, swap)).status).toBe(201);
  expect(await askJson(made.app, `/v1/meters/${behind}`, { headers: admin })).toMatchObject({ swaps: [] });
  const { meters } = await askJson<MeterList>(made.app, "/v1/meters");
  expect(meters.map(({ id }) => id)).toEqual([METER]);
  expect((await ask(made.app, `/v1/meters/${behind}/latest`)).status).toBe(404);
});
