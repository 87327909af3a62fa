import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore, type Store } from "@smp/store";
import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { EnergySeries } from "@smp/schemas/api";
import { tokenDocument } from "../src/access/token.ts";
import { createApp } from "../src/app.ts";
import type { App } from "../src/ports.ts";
import { ask, askJson } from "./openapi.ts";
import {
  ADMIN,
  ADMIN_TOKEN,
  configOf,
  HOUR_MS,
  MINUTE_MS,
  reading,
  readings,
  silent,
  storeWithAdmin,
  withToken,
} from "./fixture.ts";
import { EventReader } from "./sse.ts";

// The API over the real embedded store, and against the plain store of the other tests.
let folder = "";
let store: Store;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "smp-api-"));
  store = await openStore({
    kind: "duckdb",
    file: join(folder, "store.duckdb"),
    memoryLimitMb: 256,
    threads: 1,
  });
  await store.putDocument(tokenDocument(ADMIN.record));
});
afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

const appOf = (over: Store, now: number): App =>
  withToken(
    createApp(configOf({ requestsPerMinute: 0 }), { store: over, logger: silent, now: () => now }),
    ADMIN_TOKEN,
  );

test.each([
  ["2026-03-29", "2026-03-30", 92, 23],
  ["2026-10-25", "2026-10-26", 100, 25],
])("the day from %s has its quarter hours, offsets and sums", async (from, to, quarters, hours) => {
  const meter = `day-${from}`;
  const start = Date.parse(`${from}T00:00:00+0${from === "2026-03-29" ? 1 : 2}:00`);
  const end = start + quarters * 15 * MINUTE_MS;
  await store.append(readings(start, end + MINUTE_MS, { meter, wh: 3 }));
  const app = appOf(store, end + 2 * HOUR_MS);
  const wh = (quarters * 15 * 3) / 1000;
  for (const [resolution, count] of [
    ["15m", quarters],
    ["1h", hours],
    ["day", 1],
    ["month", 1],
    ["year", 1],
  ] as const) {
    const { buckets, total } = await askJson<EnergySeries>(
      app,
      `/v1/meters/${meter}/energy?from=${from}&to=${to}&resolution=${resolution}`,
    );
    expect(buckets).toHaveLength(count);
    const sum = buckets.reduce((all, bucket) => all + Math.round((bucket.import_kwh ?? 0) * 1000), 0);
    expect(sum, resolution).toBe(Math.round(wh * 1000));
    expect(total.import_kwh).toBe(wh);
    if (count > 1) expect(buckets.every(({ coverage }) => coverage === 1)).toBe(true);
  }
});

/** Minutes since the start, Wh since the reading before; sometimes the counter falls. */
const history = fc.uniqueArray(
  fc.record({
    minute: fc.integer({ min: 0, max: 3 * 24 * 60 }),
    wh: fc.integer({ min: -300, max: 900 }),
    watts: fc.integer({ min: -5_000, max: 9_000 }),
  }),
  { minLength: 1, maxLength: 60, selector: ({ minute }) => minute },
);

test("answers are those of the plain store for random histories", async () => {
  let count = 0;
  await fc.assert(
    fc.asyncProperty(history, fc.constantFrom("2026-03-28", "2026-10-24"), async (steps, from) => {
      const meter = `random-${count++}`;
      const start = Date.parse(`${from}T00:00:00Z`);
      let counter = 10_000;
      const list = steps
        .toSorted((a, b) => a.minute - b.minute)
        .map(({ minute, wh, watts }) => {
          counter = Math.max(0, counter + wh);
          return reading(start + minute * MINUTE_MS, { "1-0:1.8.0": counter, "1-0:16.7.0": watts }, meter);
        });
      const plain = storeWithAdmin();
      await Promise.all([store.append(list), plain.append(list)]);
      const now = start + 4 * 24 * HOUR_MS;
      const [real, expected] = [appOf(store, now), appOf(plain, now)];
      const to = new Date(start + 4 * 24 * HOUR_MS).toISOString().slice(0, 10);
      for (const path of [
        "energy?resolution=15m",
        "energy?resolution=1h",
        "energy?resolution=day",
        "energy?resolution=month",
        "power?resolution=1h",
        "gaps?tz=Europe/Vienna",
      ]) {
        const address = `/v1/meters/${meter}/${path}&from=${from}&to=${to}`;
        expect(await askJson(real, address), address).toEqual(await askJson(expected, address));
      }
      for (const path of ["", "/latest", `/readings?from=${from}&to=${from}T23:00:00Z`])
        expect(await askJson(real, `/v1/meters/${meter}${path}`)).toEqual(
          await askJson(expected, `/v1/meters/${meter}${path}`),
        );
    }),
    { numRuns: 25 },
  );
});

test("a live stream shows what was stored a moment ago", async () => {
  const now = Date.parse("2026-06-01T12:00:00Z");
  await store.append([reading(now - 1_000, { "1-0:16.7.0": 1 }, "live-1")]);
  const reader = new EventReader(await ask(appOf(store, now), "/v1/meters/live-1/live"));
  expect((await reader.next("reading"))!.data).toMatchObject({ power_w: 1 });
  await store.append([reading(now, { "1-0:16.7.0": 2 }, "live-1")]);
  expect((await reader.next("reading"))!.data).toMatchObject({ power_w: 2 });
  await reader.close();
});

test("rejected messages are kept with their bytes", async () => {
  const message = {
    device: "esp32-1",
    topic: "sm/v1/esp32-1/reading",
    code: "invalid-json" as const,
    detail: "It ends too early.",
    received: 1_774_778_400_000,
    payload: "eyJ2Ijox",
  };
  await store.reject([message]);
  expect(await askJson(appOf(store, message.received), "/v1/rejected?device=esp32-1")).toMatchObject({
    messages: [{ ...message, received: "2026-03-29T12:00:00+02:00" }],
  });
});

test("ids that are no meter's change nothing", async () => {
  const app = appOf(store, Date.now());
  const before = await askJson(app, "/v1/meters");
  for (const id of ["'; DROP TABLE readings; --", "x' OR 1=1 --", "day-2026-03-29'"])
    expect((await ask(app, `/v1/meters/${encodeURIComponent(id)}/energy`)).status).toBe(404);
  expect(await (await ask(app, "/v1/meters")).json()).toMatchObject({
    meters: (before as { meters: { id: string }[] }).meters.map(({ id }) => ({ id })),
  });
});
