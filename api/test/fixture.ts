import { deviceOf, type NormalisedReading } from "@smp/schemas";
import { pino } from "pino";
import { makeToken, tokenDocument } from "../src/access/token.ts";
import { createApp } from "../src/app.ts";
import { DEFAULT_LIMITS, type ApiConfig, type ApiLimits } from "../src/config.ts";
import type { ApiPorts, App } from "../src/ports.ts";
import { FakeStore } from "./fake-store.ts";

export const METER = "ma309-1";
export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
/** 29 March 2026 in Vienna: the day that has no 02:00. Its midnight, and the clock of the tests. */
export const MIDNIGHT = Date.parse("2026-03-29T00:00:00+01:00");
export const NOW = Date.parse("2026-03-29T12:00:07.400+02:00");

export const silent = pino({ level: "silent" });

export const configOf = (limits: Partial<ApiLimits> = {}, more: Partial<ApiConfig> = {}): ApiConfig => ({
  host: "127.0.0.1",
  port: 0,
  timeZone: "Europe/Vienna",
  trustedProxies: [],
  limits: { ...DEFAULT_LIMITS, livePollMs: 5, ...limits },
  ...more,
});

export const reading = (t: number, r: Record<string, number>, meter = METER): NormalisedReading => ({
  meter,
  device: deviceOf(meter),
  t,
  received: t + 120,
  r,
});

/** Readings every `stepMs` in [from, to): the counter rises by `wh` each time, from `start`. */
export const readings = (
  from: number,
  to: number,
  options: { stepMs?: number; wh?: number; start?: number; meter?: string } = {},
): NormalisedReading[] => {
  const { stepMs = MINUTE_MS, wh = 7, start = 1_000_000, meter = METER } = options;
  return Array.from({ length: Math.ceil((to - from) / stepMs) }, (_, index) =>
    reading(
      from + index * stepMs,
      { "1-0:1.8.0": start + index * wh, "1-0:2.8.0": 500, "1-0:16.7.0": 400 + (index % 10) },
      meter,
    ),
  );
};

/** The token that the tests' callers have unless they say otherwise. */
const made = makeToken({ name: "tests", scopes: ["admin"] }, NOW);
export const ADMIN = { ...made, record: { ...made.record, expires: Date.UTC(2099, 0, 1) } };
export const ADMIN_TOKEN = ADMIN.secret;

/** Lets an application believe that requests without the header Authorization come with this token. */
export function withToken(app: App, secret: string): App {
  const request = app.request.bind(app);
  app.request = (input, init = {}, ...rest) => {
    const headers = new Headers((init as RequestInit).headers);
    if (!headers.has("authorization")) headers.set("authorization", `Bearer ${secret}`);
    return request(input, { ...init, headers }, ...rest);
  };
  return app;
}

export interface Fixture {
  app: App;
  store: FakeStore;
  /** Moves the clock. */
  clock: { now: number };
}

/** An application over a fake store without readings, its clock stopped at NOW, asked by an administrator. */
export function fixture(
  limits: Partial<ApiLimits> = {},
  more: Partial<ApiConfig> = {},
  ports: Partial<ApiPorts> = {},
): Fixture {
  const made = anonymousFixture(limits, more, ports);
  return { ...made, app: withToken(made.app, ADMIN_TOKEN) };
}

/** The same, asked by whomever the request says. */
export function anonymousFixture(
  limits: Partial<ApiLimits> = {},
  more: Partial<ApiConfig> = {},
  ports: Partial<ApiPorts> = {},
): Fixture {
  const store = storeWithAdmin();
  const clock = { now: NOW };
  const app = createApp(configOf(limits, more), { store, logger: silent, now: () => clock.now, ...ports });
  return { app, store, clock };
}

/** An empty store that knows the tests' administrator. */
export function storeWithAdmin(): FakeStore {
  const store = new FakeStore();
  void store.putDocument(tokenDocument(ADMIN.record));
  return store;
}
