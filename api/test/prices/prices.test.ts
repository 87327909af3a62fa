import type {
  PriceDeletion,
  PriceSeriesList,
  PriceSlots,
  PriceUpload,
  PriceUploadResult,
} from "@smp/schemas/api";
import { expect, test } from "vitest";
import { anonymousFixture, fixture } from "../fixture.ts";
import { ask, askJson } from "../openapi.ts";

const SERIES = "/v1/prices/at-day-ahead";
const upload = (body: Partial<PriceUpload> | string, query = ""): [string, RequestInit] => [
  `${SERIES}${query}`,
  {
    method: "PUT",
    body: typeof body === "string" ? body : JSON.stringify({ currency: "EUR", slot: "15m", ...body }),
  },
];
const at = (time: string, price: string): { start: string; price: string } => ({ start: time, price });

test("prices are put, listed and read back as they are", async () => {
  const { app } = fixture();
  const prices: PriceUpload["prices"] = [
    at("2026-03-29T01:45:00+01:00", "0.0841"),
    at("2026-03-29T03:00:00+02:00", "-0.0012345678"),
  ];
  const done = await askJson<PriceUploadResult>(app, ...upload({ name: "Day-ahead", prices }));
  expect(done).toMatchObject({ stored: 2, series: { id: "at-day-ahead", name: "Day-ahead", slot: "15m" } });
  const { series } = await askJson<PriceSeriesList>(app, "/v1/prices");
  expect(series).toEqual([done.series]);
  expect(series[0]).toMatchObject({ first: "2026-03-29T01:45:00+01:00", last: "2026-03-29T03:15:00+02:00" });
  const { slots } = await askJson<PriceSlots>(app, `${SERIES}?from=2026-03-29&to=2026-03-30`);
  expect(slots).toEqual([
    { start: "2026-03-29T01:45:00+01:00", end: "2026-03-29T03:00:00+02:00", price: "0.0841" },
    { start: "2026-03-29T03:00:00+02:00", end: "2026-03-29T03:15:00+02:00", price: "-0.0012345678" },
  ]);
  const border = encodeURIComponent("2026-03-29T03:00:00+02:00");
  for (const [range, expected] of [
    [`from=${border}&to=2026-03-30`, slots.slice(1)],
    [`from=2026-03-29&to=${border}`, slots.slice(0, 1)],
  ] as const)
    expect((await askJson<PriceSlots>(app, `${SERIES}?${range}`)).slots).toEqual(expected);
});

test("later prices replace only their own slots; hours give way to quarter hours", async () => {
  const { app } = fixture();
  await ask(
    app,
    ...upload({
      slot: "1h",
      prices: [at("2026-03-29T10:00:00Z", "0.10"), at("2026-03-29T11:00:00Z", "0.11")],
    }),
  );
  expect((await askJson<PriceSlots>(app, `${SERIES}?from=2026-03-29&to=2026-03-30`)).slots).toHaveLength(2);
  await ask(app, ...upload({ prices: [at("2026-03-29T10:15:00Z", "0.2")] }));
  const { slots } = await askJson<PriceSlots>(app, `${SERIES}?from=2026-03-29&to=2026-03-30&tz=UTC`);
  expect(slots.map(({ price }) => price)).toEqual([
    "0.10",
    "0.20",
    "0.10",
    "0.10",
    "0.11",
    "0.11",
    "0.11",
    "0.11",
  ]);
});

test("hours that overlap are refused, and nothing is stored", async () => {
  const { app } = fixture();
  const prices = [at("2026-03-29T10:00:00Z", "0.10"), at("2026-03-29T10:15:00Z", "0.20")];
  const response = await ask(app, ...upload({ slot: "1h", prices: prices.toReversed() }));
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ errors: [{ pointer: "/prices/0/start" }] });
  expect((await askJson<PriceSeriesList>(app, "/v1/prices")).series).toEqual([]);
});

test("hours of a zone with a half-hour offset are kept", async () => {
  const { app } = fixture();
  await ask(app, ...upload({ slot: "1h", prices: [at("2026-03-29T10:00:00+05:30", "0.10")] }));
  const { slots } = await askJson<PriceSlots>(app, `${SERIES}?from=2026-03-29&to=2026-03-30&tz=UTC`);
  expect(slots.map(({ start }) => start.slice(11, 16))).toEqual(["04:30", "04:45", "05:00", "05:15"]);
});

test("10,000 prices fit into a call, one more does not", async () => {
  const { app } = fixture();
  const list = (count: number): PriceUpload["prices"] =>
    Array.from({ length: count }, (_, index) =>
      at(new Date(Date.UTC(2026, 0, 1) + index * 900_000).toISOString(), "0.1"),
    ) as PriceUpload["prices"];
  expect(await askJson(app, ...upload({ prices: list(10_000) }))).toMatchObject({ stored: 10_000 });
  expect((await ask(app, ...upload({ prices: list(10_001) }))).status).toBe(400);
});

const one: PriceUpload["prices"] = [at("2026-03-29T10:00:00Z", "0.10")];
test.each([
  ["", "{", ""],
  ["a list", "[]", ""],
  ["an unknown field", JSON.stringify({ currency: "EUR", slot: "15m", prices: one, unit: "MWh" }), "/unit"],
  ["no currency", JSON.stringify({ slot: "15m", prices: one }), "/currency"],
  ["another slot", JSON.stringify({ currency: "EUR", slot: "30m", prices: one }), "/slot"],
  ["no prices", JSON.stringify({ currency: "EUR", slot: "15m", prices: [] }), ""],
  [
    "a price as a number",
    JSON.stringify({ currency: "EUR", slot: "15m", prices: [{ start: "2026-03-29", price: 1 }] }),
    "/prices/0/price",
  ],
  [
    "a time without offset",
    JSON.stringify({ currency: "EUR", slot: "15m", prices: [at("2026-03-29T10:00:00", "1")] }),
    "/prices/0/start",
  ],
  [
    "a time between quarter hours",
    JSON.stringify({ currency: "EUR", slot: "15m", prices: [at("2026-03-29T10:05:00Z", "1")] }),
    "/prices/0/start",
  ],
  [
    "a slot twice",
    JSON.stringify({ currency: "EUR", slot: "15m", prices: [...one, ...one] }),
    "/prices/1/start",
  ],
  [
    "a time long ago",
    JSON.stringify({ currency: "EUR", slot: "15m", prices: [at("2001-01-01", "1")] }),
    "/prices/0/start",
  ],
])("a body with %s is refused with its place", async (_, body, pointer) => {
  const { app } = fixture();
  const response = await ask(app, ...upload(body));
  expect(response.status).toBe(400);
  expect(((await response.json()) as { errors: { pointer: string }[] }).errors[0]!.pointer).toBe(pointer);
  expect((await askJson<PriceSeriesList>(app, "/v1/prices")).series).toEqual([]);
});

test("a series keeps its currency, and a strange id is refused", async () => {
  const { app } = fixture();
  await ask(app, ...upload({ prices: one }));
  expect((await ask(app, ...upload({ currency: "CHF", prices: one }))).status).toBe(422);
  const [, init] = upload({ prices: one });
  expect((await ask(app, "/v1/prices/A%20b", init)).status).toBe(400);
  expect((await ask(app, "/v1/prices/none")).status).toBe(404);
  expect((await ask(app, `${SERIES}?from=2026-01-01&to=2027-01-01`)).status).toBe(422);
});

test("without from and to it is today and tomorrow", async () => {
  const { app } = fixture();
  await ask(app, ...upload({ prices: one }));
  expect(await askJson(app, SERIES)).toMatchObject({
    from: "2026-03-29T00:00:00+01:00",
    to: "2026-03-31T00:00:00+02:00",
  });
});

test("a part of a series is deleted, then the rest; what is left is told", async () => {
  const { app } = fixture();
  const hours = ["10", "11", "12"].map((hour) => at(`2026-03-29T${hour}:00:00Z`, "0.1"));
  await ask(app, ...upload({ slot: "1h", prices: hours as PriceUpload["prices"] }));
  const part = "?from=2026-03-29T11:30:00Z&to=2026-03-29T13:00:00Z&tz=UTC";
  expect(await askJson<PriceDeletion>(app, `${SERIES}${part}`, { method: "DELETE" })).toMatchObject({
    deleted: 6,
    series: { first: "2026-03-29T10:00:00+00:00", last: "2026-03-29T11:30:00+00:00", slot: "15m" },
  });
  const { slots } = await askJson<PriceSlots>(app, `${SERIES}?from=2026-03-29&to=2026-03-30&tz=UTC`);
  expect(slots.map(({ start }) => start.slice(11, 16))).toEqual([
    "10:00",
    "10:15",
    "10:30",
    "10:45",
    "11:00",
    "11:15",
  ]);
  expect(await askJson<PriceDeletion>(app, SERIES, { method: "DELETE" })).toMatchObject({
    deleted: 6,
    series: null,
  });
  expect((await askJson<PriceSeriesList>(app, "/v1/prices")).series).toEqual([]);
  expect((await ask(app, SERIES)).status).toBe(404);
  expect((await ask(app, SERIES, { method: "DELETE" })).status).toBe(404);
});

test("half a range deletes nothing, and a range has a limit", async () => {
  const { app } = fixture();
  await ask(app, ...upload({ prices: one }));
  for (const query of ["?from=2026-03-29", "?to=2026-03-30", "?from=2026-03-30&to=2026-03-29"])
    expect((await ask(app, `${SERIES}${query}`, { method: "DELETE" })).status).toBe(400);
  expect((await ask(app, `${SERIES}?from=2026-01-01&to=2027-01-01`, { method: "DELETE" })).status).toBe(422);
  expect((await askJson<PriceSeriesList>(app, "/v1/prices")).series).toHaveLength(1);
});

test("deleting prices needs the scope write", async () => {
  const { app } = anonymousFixture();
  expect((await ask(app, SERIES, { method: "DELETE" })).status).toBe(401);
});
