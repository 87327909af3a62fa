import { matchedRoutes } from "hono/route";
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import type { StoreHealth } from "@smp/store";
import type { AppContext } from "./ports.ts";

export interface Metrics {
  /** Counts every answer and its time, by route and never by address, so that the number of series stays small. */
  count(c: AppContext, seconds: number): void;
  text(): Promise<string>;
  contentType: string;
}

/** What the figures are read from. */
export interface Measured {
  listeners: () => number;
  queries: () => { running: number; waiting: number };
  store: () => Promise<StoreHealth>;
}

/** The API's own figures. */
export function apiMetrics({ listeners, queries, store }: Measured): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const labelNames = ["method", "route", "status"] as const;
  const requests = new Counter({
    name: "smp_http_requests_total",
    help: "Answers given.",
    labelNames,
    registers,
  });
  const seconds = new Histogram({
    name: "smp_http_request_seconds",
    help: "Time to the answer's headers.",
    labelNames: ["route"] as const,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  });
  const live: Gauge = new Gauge({
    name: "smp_live_listeners",
    help: "Open live streams.",
    registers,
    collect: (): void => live.set(listeners()),
  });

  const gauge = (name: string, help: string): Gauge => new Gauge({ name, help, registers });
  const running = gauge("smp_store_queries_running", "Queries in the store now.");
  const waiting = gauge("smp_store_queries_waiting", "Queries that wait for a place.");
  const up = gauge("smp_store_up", "1 when the store is well.");
  const lag = gauge("smp_store_lag_seconds", "Age of what queries see.");
  let isWhole = false;
  async function look(): Promise<void> {
    // Not sooner: they watch the event loop, which every application that a test makes would pay for.
    if (!isWhole) collectDefaultMetrics({ register: registry });
    isWhole = true;
    running.set(queries().running);
    waiting.set(queries().waiting);
    const health = await store().catch(() => ({ ok: false, lagMs: Number.NaN }));
    up.set(health.ok ? 1 : 0);
    lag.set(health.lagMs / 1000);
  }

  return {
    count(c, took) {
      const { status } = c.res;
      // When the answer is on its way.
      setImmediate(() => {
        const route = matchedRoutes(c).findLast(({ path }) => !path.includes("*"))?.path ?? "other";
        const method = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"].includes(c.req.method)
          ? c.req.method
          : "other";
        requests.inc({ method, route, status: String(status) });
        seconds.observe({ route }, took);
      });
    },
    async text() {
      // What was answered before is counted by then.
      await new Promise(setImmediate);
      await look();
      return await registry.metrics();
    },
    contentType: registry.contentType,
  };
}
