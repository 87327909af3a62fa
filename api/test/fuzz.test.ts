import * as fc from "fast-check";
import { expect, test } from "vitest";
import { ask, paths } from "./openapi.ts";
import { fixture, HOUR_MS, METER, MIDNIGHT, NOW, readings } from "./fixture.ts";

// Whatever is asked: never a failure, never an answer outside openapi.yaml, never a long wait.
const seed = Number(process.env["SEED"] ?? 1);
const DURATION_MS_MAX = 2_000;

const instant = fc.oneof(
  fc.constantFrom("2026-03-29", "2026-10-25", "2026-02-30", "2000-01-01", "2099-12-31", "0", "-1", "now"),
  fc.date({ min: new Date(0), max: new Date(4.2e12), noInvalidDate: true }).map((date) => date.toISOString()),
  fc.integer({ min: NOW - 48 * HOUR_MS, max: NOW + HOUR_MS }).map(String),
  fc
    .integer({ min: NOW - 48 * HOUR_MS, max: NOW })
    .map((ms) => new Date(ms).toISOString().replace("Z", "+00:00")),
);
const anything = fc.string({ maxLength: 30, unit: "binary" });
const values: Record<string, fc.Arbitrary<string>> = {
  from: instant,
  to: instant,
  resolution: fc.constantFrom("15m", "1h", "day", "week", "month", "year", "1m"),
  tz: fc.constantFrom(
    "Europe/Vienna",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "UTC",
    "GMT+5",
    "Nowhere",
  ),
  format: fc.constantFrom("json", "csv", "xml"),
  limit: fc.oneof(fc.integer({ min: -5, max: 20_000 }).map(String), anything),
  cursor: fc.base64String({ maxLength: 20 }),
  device: fc.oneof(fc.constant(METER), anything),
  meters: fc.constantFrom(METER, `${METER},${METER}`, "none", ","),
};
const query = fc.uniqueArray(
  fc.oneof(
    {
      weight: 9,
      arbitrary: fc
        .constantFrom(...Object.keys(values))
        .chain((name) => values[name]!.map((value): [string, string] => [name, value])),
    },
    { weight: 1, arbitrary: fc.tuple(anything, anything) },
  ),
  { maxLength: 4, selector: ([name]) => name },
);
const segment = fc.oneof(
  { weight: 6, arbitrary: fc.constant(METER) },
  { weight: 1, arbitrary: fc.constantFrom("reading.schema.json", "unknown-meter", "start.js") },
  { weight: 1, arbitrary: fc.string({ minLength: 1, maxLength: 60 }) },
);

test("no request leads to a failure, to an answer outside the contract or to a long wait", async () => {
  const { app, store } = fixture({ requestsPerMinute: 0, listenersPerAddressMax: 100 });
  await store.append(readings(MIDNIGHT, NOW));
  const statuses = new Map<number, number>();
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...paths), segment, query, async (template, id, parameters) => {
      const path = template.replaceAll(/\{[^}]+\}/g, encodeURIComponent(id).replaceAll(".", "%2E"));
      const started = performance.now();
      const response = await ask(app, `${path}?${new URLSearchParams(parameters).toString()}`);
      expect(performance.now() - started).toBeLessThan(DURATION_MS_MAX);
      expect(response.status).toBeLessThan(500);
      if (response.headers.get("content-type") === "text/event-stream") await response.body!.cancel();
      statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
    }),
    { seed, numRuns: 1_500 },
  );
  // A run that only ever met refusals would prove little.
  expect(statuses.get(200)).toBeGreaterThan(100);
  expect(statuses.get(400)).toBeGreaterThan(100);
}, 120_000);
