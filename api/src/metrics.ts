import type { MiddlewareHandler } from "hono";
import { matchedRoutes } from "hono/route";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { AppEnv } from "./services.ts";

export interface Metrics {
  /** Counts every answer and its time, by route and never by address, so that the number of series stays small. */
  middleware: MiddlewareHandler<AppEnv>;
  text(): Promise<string>;
  contentType: string;
}

/** The API's own figures. */
export function apiMetrics(listeners: () => number): Metrics {
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

  return {
    async middleware(c, next) {
      const started = performance.now();
      await next();
      const route = matchedRoutes(c).findLast(({ path }) => !path.includes("*"))?.path ?? "other";
      const method = ["GET", "HEAD", "OPTIONS"].includes(c.req.method) ? c.req.method : "other";
      requests.inc({ method, route, status: String(c.res.status) });
      seconds.observe({ route }, (performance.now() - started) / 1000);
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
