import { Hono } from "hono";
import { Access } from "./access/access.ts";
import type { ApiConfig } from "./config.ts";
import { addDocs } from "./pages/docs.ts";
import { PUBLICATION_WAIT_MS, PublishedDays } from "./groups/published-days.ts";
import { LiveHub } from "./live/hub.ts";
import { MeterDirectory } from "./meters/directory.ts";
import { apiMetrics } from "./metrics.ts";
import { PriceWriter } from "./prices/writer.ts";
import { errorAnswers, HttpProblem, quoted } from "./answer/problem.ts";
import { addCosts } from "./routes/costs.ts";
import { addDeletion } from "./routes/deletion.ts";
import { addGaps } from "./routes/gaps.ts";
import { addEvents } from "./routes/events.ts";
import { addExtensions } from "./routes/extensions.ts";
import { addIngest } from "./routes/ingest.ts";
import { addGroupLive } from "./routes/group-live.ts";
import { addGroupSeries } from "./routes/group-series.ts";
import { addGroups } from "./routes/groups.ts";
import { addLive } from "./routes/live.ts";
import { addMeters } from "./routes/meters.ts";
import { addOperation } from "./routes/operation.ts";
import { addPrices } from "./routes/prices.ts";
import { addReadings } from "./routes/readings.ts";
import { addReference } from "./routes/reference.ts";
import { addRejected } from "./routes/rejected.ts";
import { addSeries } from "./routes/series.ts";
import { addSettings } from "./routes/settings.ts";
import { addTariffs } from "./routes/tariffs.ts";
import { addSession, addTokens } from "./routes/tokens.ts";
import type { ApiPorts, App, AppEnv } from "./ports.ts";
import type { Services } from "./services.ts";
import { Seats } from "./limits/seats.ts";
import { staticFiles } from "./pages/static.ts";
import { StoreGate } from "./limits/store-gate.ts";
import { Turns } from "./turns.ts";
import { addMiddleware } from "./middleware.ts";

/**
 * The HTTP application, as openapi.yaml describes it. It touches nothing until a request comes.
 *
 * @example const response = await createApp(config, { store, logger }).request("/v1/meters");
 */
export function createApp(config: ApiConfig, ports: ApiPorts): App {
  const services = servicesOf(config, ports);
  const metrics = apiMetrics({
    listeners: () => services.live.listeners,
    queries: services.queries,
    store: () => ports.store.health(),
  });
  const app: App = new Hono<AppEnv>();
  addMiddleware(app, services, metrics);
  addMeters(app, services);
  addSettings(app, services);
  addDeletion(app, services);
  const seats = new Seats(services, {
    total: config.limits.listenersMax,
    perClient: config.limits.listenersPerAddressMax,
    what: "live streams",
  });
  addLive(app, services, seats);
  addSeries(app, services);
  addReadings(app, services);
  addGaps(app, services);
  addCosts(app, services);
  addTariffs(app, services);
  addPrices(app, services);
  addGroups(app, services);
  addGroupSeries(app, services);
  addGroupLive(app, services, seats);
  addRejected(app, services);
  addSession(app, services);
  addTokens(app, services);
  addIngest(app, services);
  addExtensions(app, services);
  addEvents(app, services);
  addReference(app);
  addDocs(app);
  addOperation(app, services, metrics);

  const files = staticFiles(config.appDir, services.now);
  app.notFound(async (c) => {
    const found = ["GET", "HEAD"].includes(c.req.method) ? await files(c) : undefined;
    return (
      found ??
      new HttpProblem(
        "not-found",
        `There is nothing at ${quoted(c.req.path)}; /docs lists all addresses.`,
      ).toResponse()
    );
  });
  app.onError(errorAnswers(ports.logger));
  return app;
}

function servicesOf(config: ApiConfig, ports: ApiPorts): Services {
  const now = ports.now ?? Date.now;
  const gate = new StoreGate(config.limits);
  const { store, logger } = ports;
  const turns = new Turns({ store, now, shared: ports.sharedStore ?? false });
  const access = new Access({ store, timeZone: config.timeZone, now, logger, turns });
  return {
    config,
    ports,
    now,
    async query(c, ask) {
      const started = performance.now();
      try {
        return await gate.run(() => ask(ports.store));
      } finally {
        c.set("storeMs", (c.get("storeMs") ?? 0) + performance.now() - started);
      }
    },
    queries: () => gate.load,
    run: (ask, patience) => gate.run(() => ask(ports.store), patience),
    access,
    turns,
    published: new PublishedDays({
      access,
      tz: config.timeZone,
      now,
      waitMs: ports.sharedStore ? PUBLICATION_WAIT_MS : 0,
    }),
    prices: new PriceWriter(ports.store, now),
    meters: new MeterDirectory(() => gate.run(() => ports.store.meters()), now),
    live: new LiveHub({
      latest: (meters) => gate.run(() => ports.store.latest(meters)),
      pollMs: config.limits.livePollMs,
      logger: ports.logger,
    }),
  };
}
