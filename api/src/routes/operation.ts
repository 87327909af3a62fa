import { hostname } from "node:os";
import { askChecks, isLocalName, readyFigures, shared, type Check } from "@smp/schemas";
import type { Readiness } from "@smp/schemas/api";
import { requireScope } from "../access/authenticate.ts";
import { json } from "../answer/answer.ts";
import { clientAddress, isLoopback } from "../request/client-address.ts";
import type { Metrics } from "../metrics.ts";
import { readParameters } from "../request/parameters.ts";
import type { App, AppContext } from "../ports.ts";
import type { Services } from "../services.ts";

const CHECK_MS = 3_000;

/** Health for supervisors and figures for Prometheus; neither passes the limits that clients share. */
export function addOperation(app: App, { ports }: Services, metrics: Metrics): void {
  const checks: Record<string, Check> = { ...ports.checks, store: () => ports.store.health() };
  const ask = shared(() => askChecks(checks, CHECK_MS));
  app.get("/healthz", (c) => {
    readParameters(c, []);
    c.header("cache-control", "no-store");
    return json(c, { status: "ok" });
  });

  app.get("/readyz", async (c) => {
    readParameters(c, []);
    const results = await ask();
    const ready = results.every(([, { ok }]) => ok);
    c.header("cache-control", "no-store");
    const body: Readiness = { status: ready ? "ready" : "not-ready", checks: Object.fromEntries(results) };
    return json(c, body, ready ? 200 : 503);
  });

  app.get("/metrics", async (c) => {
    readParameters(c, []);
    if (!isOfThisMachine(c)) requireScope(c, "admin");
    const ready = ask().then(readyFigures);
    const texts = await Promise.all([metrics.text(), ready, ...(ports.metrics ?? []).map((text) => text())]);
    return c.body(texts.join("\n"), 200, {
      "content-type": metrics.contentType,
      "cache-control": "no-store",
    });
  });
}

/**
 * A scraper on the same machine needs no token. Whoever comes through a proxy is not on it; a web page that a browser on it shows
 * says where it is from, or asks by a name of its own that leads here.
 */
function isOfThisMachine(c: AppContext): boolean {
  const foreign = ["x-forwarded-for", "forwarded", "origin"].some((name) => c.req.header(name) !== undefined);
  return !foreign && isLocalName(c.req.header("host"), hostname()) && isLoopback(clientAddress(c, []));
}
