import type { Latest, Meter, MeterList, ReadingPage, RejectedList } from "@smp/schemas/api";
import { describe, expect, test } from "vitest";
import { ask, askJson } from "../openapi.ts";
import { fixture, HOUR_MS, METER, MIDNIGHT, MINUTE_MS, NOW, reading, readings } from "../fixture.ts";

test("meters are listed with the span of their readings and the age of the newest", async () => {
  const { app, store } = fixture();
  await store.append([
    ...readings(MIDNIGHT, NOW - 2_400 + 1, { stepMs: 5_000 }),
    reading(NOW - 60_000, { "x-a": 1 }, "edge-1.1KFM"),
  ]);
  const list = await askJson<MeterList>(app, "/v1/meters");
  expect(list.tz).toBe("Europe/Vienna");
  expect(list.meters.map(({ id }) => id)).toEqual(["edge-1.1KFM", METER]);
  const one = await askJson<Meter>(app, `/v1/meters/${METER}`);
  expect(one).toEqual(list.meters[1]);
  expect(one).toMatchObject({
    device: METER,
    first: "2026-03-29T00:00:00+01:00",
    last: "2026-03-29T12:00:05+02:00",
    age_s: 2.4,
  });
});

test("an empty platform lists no meters", async () => {
  expect((await askJson<MeterList>(fixture().app, "/v1/meters")).meters).toEqual([]);
});

describe("latest", () => {
  const latestOf = async (...list: ReturnType<typeof reading>[]): Promise<Latest> => {
    const { app, store } = fixture();
    await store.append(list);
    return askJson<Latest>(app, `/v1/meters/${METER}/latest`);
  };

  test("has value, unit, name and time of each register, in the order of the register table", async () => {
    const latest = await latestOf(
      reading(NOW - 10_000, { "1-0:32.7.0": 230.4 }),
      reading(NOW - 2_400, { "x-flow": 3, "1-0:16.7.0": -40, "1-0:1.8.0": 12_345_679 }),
    );
    expect(Object.keys(latest.registers)).toEqual(["1-0:1.8.0", "1-0:16.7.0", "1-0:32.7.0", "x-flow"]);
    expect(latest).toMatchObject({
      meter: METER,
      t: NOW - 2_400,
      time: "2026-03-29T12:00:05+02:00",
      age_s: 2.4,
      power_w: -40,
      quality: [],
    });
    expect(latest.registers["1-0:1.8.0"]).toEqual({
      value: 12_345_679,
      unit: "Wh",
      name: "import_wh",
      label: { de: "Bezug", en: "Import" },
      t: NOW - 2_400,
    });
    expect(latest.registers["1-0:32.7.0"]!.t).toBe(NOW - 10_000);
    expect(latest.registers["x-flow"]).toMatchObject({ unit: null, name: "x-flow" });
  });

  test("net power is import minus export of the same moment", async () => {
    expect((await latestOf(reading(NOW, { "1-0:1.7.0": 0, "1-0:2.7.0": 420 }))).power_w).toBe(-420);
    expect(
      (await latestOf(reading(NOW - 9_000, { "1-0:2.7.0": 420 }), reading(NOW, { "1-0:1.7.0": 7 }))).power_w,
    ).toBe(7);
  });

  test("a power value much older than the newest reading is not the power now", async () => {
    expect(
      (await latestOf(reading(NOW - 61_000, { "1-0:16.7.0": 5 }), reading(NOW, { "1-0:1.8.0": 1 }))).power_w,
    ).toBeNull();
    expect(
      (await latestOf(reading(NOW - 59_000, { "1-0:16.7.0": 5 }), reading(NOW, { "1-0:1.8.0": 1 }))).power_w,
    ).toBe(5);
    expect((await latestOf(reading(NOW, { "1-0:1.8.0": 1 }))).power_w).toBeNull();
  });

  test("quality says when the time is the server's", async () => {
    const latest = await latestOf({ ...reading(NOW, { "1-0:1.8.0": 1 }), quality: ["server-time"] });
    expect(latest.quality).toEqual(["server-time"]);
  });

  test("tz wins over the platform's zone", async () => {
    const { app, store } = fixture();
    await store.append([reading(NOW - 2_400, { "1-0:1.8.0": 1 })]);
    const latest = await askJson<Latest>(app, `/v1/meters/${METER}/latest?tz=Asia/Kathmandu`);
    expect(latest).toMatchObject({ tz: "Asia/Kathmandu", time: "2026-03-29T15:45:05+05:45" });
  });
});

describe("readings", () => {
  test("pages follow each other to the end, each reading once, in order", async () => {
    const { app, store } = fixture();
    await store.append(readings(MIDNIGHT, MIDNIGHT + 2 * HOUR_MS));
    const seen: number[] = [];
    let address: string | undefined =
      `/v1/meters/${METER}/readings?from=2026-03-29&to=2026-03-30&limit=50&tz=Europe/Vienna`;
    let pages = 0;
    while (address !== undefined) {
      const response = await ask(app, address);
      const page = (await response.json()) as ReadingPage;
      seen.push(...page.readings.map(({ t }) => t));
      expect([page.from, page.to]).toEqual(["2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00"]);
      address = /^<([^>]+)>; rel="next"$/.exec(response.headers.get("link") ?? "")?.[1];
      expect(page.next === null).toBe(address === undefined);
      pages++;
    }
    expect(pages).toBe(3);
    expect(seen).toEqual(Array.from({ length: 120 }, (_, index) => MIDNIGHT + index * MINUTE_MS));
  });

  test("a page that is exactly full is the last one", async () => {
    const { app, store } = fixture();
    await store.append(readings(MIDNIGHT, MIDNIGHT + 50 * MINUTE_MS));
    const page = await askJson<ReadingPage>(
      app,
      `/v1/meters/${METER}/readings?from=2026-03-29&to=2026-03-30&limit=50`,
    );
    expect(page.readings).toHaveLength(50);
    expect(page.next).toBeNull();
  });

  test("without a range it is the last hour", async () => {
    const { app, store } = fixture();
    await store.append(readings(MIDNIGHT, NOW));
    const page = await askJson<ReadingPage>(app, `/v1/meters/${METER}/readings`);
    expect(page.readings).toHaveLength(60);
    expect(page.readings[0]).toMatchObject({
      time: "2026-03-29T11:01:00+02:00",
      received: "2026-03-29T11:01:00.120+02:00",
    });
  });

  test("one carries what came, with units of unknown registers", async () => {
    const { app, store } = fixture();
    await store.append([
      { ...reading(NOW - 5_000, { "x-flow": 3 }), s: 7, u: { "x-flow": "l/min" }, quality: ["suspect"] },
    ]);
    const page = await askJson<ReadingPage>(app, `/v1/meters/${METER}/readings`);
    expect(page.readings[0]).toMatchObject({
      s: 7,
      power_w: null,
      quality: ["suspect"],
      registers: { "x-flow": 3 },
      units: { "x-flow": "l/min" },
    });
  });

  test("a local day of 25 hours is allowed, more is not", async () => {
    const { app, store } = fixture();
    await store.append([reading(NOW, { "1-0:1.8.0": 1 })]);
    expect((await ask(app, `/v1/meters/${METER}/readings?from=2026-10-25&to=2026-10-26`)).status).toBe(200);
    expect((await ask(app, `/v1/meters/${METER}/readings?from=2026-10-24&to=2026-10-26`)).status).toBe(422);
  });

  test.each(["!!", "bm8", "OTk5"])("the cursor %s that belongs to no page is refused", async (cursor) => {
    const { app, store } = fixture();
    await store.append([reading(NOW, { "1-0:1.8.0": 1 })]);
    const response = await ask(app, `/v1/meters/${METER}/readings?cursor=${encodeURIComponent(cursor)}`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ parameter: "cursor" }] });
  });
});

test("rejected messages come newest first, by device, with their bytes", async () => {
  const { app, store } = fixture();
  const message = (device: string, received: number) => ({
    device,
    topic: `sm/v1/${device}/reading`,
    code: "schema" as const,
    detail: "/r lacks a register.",
    received,
    payload: "eyJ2IjoxfQ==",
  });
  await store.reject([
    message("a", MIDNIGHT),
    message("b", MIDNIGHT + 1_000),
    { ...message("a", MIDNIGHT + 2_000), index: 3 },
  ]);
  const all = await askJson<RejectedList>(app, "/v1/rejected");
  expect(all.messages.map(({ received }) => received)).toEqual([
    "2026-03-29T00:00:02+01:00",
    "2026-03-29T00:00:01+01:00",
    "2026-03-29T00:00:00+01:00",
  ]);
  const own = await askJson<RejectedList>(app, "/v1/rejected?device=a&limit=1");
  expect(own.messages).toMatchObject([{ device: "a", code: "schema", index: 3, payload: "eyJ2IjoxfQ==" }]);
});
