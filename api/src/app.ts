import { Hono, type MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { compress } from "hono/compress";
import { cors } from "hono/cors";
import { etag } from "hono/etag";
import { methodNotAllowed } from "hono/method-not-allowed";
import { requestId } from "hono/request-id";
import { secureHeaders } from "hono/secure-headers";
import { COMPRESSIBLE_CONTENT_TYPE_REGEX } from "hono/utils/compress";
import { endTime, startTime, timing } from "hono/timing";
import { Access } from "./access/access.ts";
import { authenticate, tokenHolder } from "./access/authenticate.ts";
import type { ApiConfig } from "./config.ts";
import { addDocs } from "./docs.ts";
import { CONTENT_TYPES, isExport } from "./export/format.ts";
import { PublishedDays } from "./groups/published-days.ts";
import { LiveHub } from "./live.ts";
import { MeterDirectory } from "./meter-directory.ts";
import { apiMetrics, type Metrics } from "./metrics.ts";
import { answerError, HttpProblem, quoted } from "./problem.ts";
import { rateLimit } from "./rate-limit.ts";
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
import type { ApiPorts, App, AppEnv, Services } from "./services.ts";
import { Seats } from "./seats.ts";
import { staticFiles } from "./static.ts";
import { StoreGate } from "./store-gate.ts";

const BODY_BYTES_MAX = 16_384;
/** Contracts and months of prices are larger than anything else that is sent. */
const LARGE_BODY_BYTES_MAX = 1_048_576;
const LARGE_BODY = /^\/v1\/(?:prices|tariffs)\/|\/cost\/preview$/;

/** Addresses whose answers count against a client's limit. */
const LIMITED = ["/v1/*", "/x/*", "/docs/*", "/openapi.json", "/asyncapi.json", "/schemas/*", "/problems/*"];

/**
 * The HTTP application, as openapi.yaml describes it. It touches nothing until a request comes.
 *
 * @example const response = await createApp(config, { store, logger }).request("/v1/meters");
 */
export function createApp(config: ApiConfig, ports: ApiPorts): App {
  const services = servicesOf(config, ports);
  const metrics = apiMetrics(() => services.live.listeners);
  const app: App = new Hono<AppEnv>();
  addMiddleware(app, services, metrics);
  addMeters(app, services);
  addSettings(app, services);
  addDeletion(app, services);
  const seats = new Seats(services);
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
  app.onError((error, c) => answerError(error, c, ports.logger));
  return app;
}

function servicesOf(config: ApiConfig, ports: ApiPorts): Services {
  const now = ports.now ?? Date.now;
  const gate = new StoreGate(config.limits);
  const access = new Access({ store: ports.store, timeZone: config.timeZone, now, logger: ports.logger });
  return {
    config,
    ports,
    now,
    async query(c, ask) {
      startTime(c, "store");
      try {
        return await gate.run(() => ask(ports.store));
      } finally {
        endTime(c, "store");
      }
    },
    run: (ask) => gate.run(() => ask(ports.store)),
    access,
    published: new PublishedDays({ access, tz: config.timeZone, now }),
    meters: new MeterDirectory(() => gate.run(() => ports.store.meters()), now),
    live: new LiveHub({
      latest: (meters) => gate.run(() => ports.store.latest(meters)),
      pollMs: config.limits.livePollMs,
      logger: ports.logger,
      ...(ports.live ? { source: ports.live } : {}),
    }),
  };
}

/** What every request passes, outermost first. */
function addMiddleware(app: App, { config, now, access }: Services, metrics: Metrics): void {
  app.use(requestId());
  app.use(metrics.middleware);
  app.use(
    secureHeaders({
      // Behind TLS the proxy that ends it adds this.
      strictTransportSecurity: false,
      // The data is for pages of other origins too; the pages themselves carry their own policy.
      crossOriginResourcePolicy: "cross-origin",
      xFrameOptions: "DENY",
      permissionsPolicy: { camera: [], geolocation: [], microphone: [], payment: [] },
    }),
  );
  app.use(
    cors({
      origin: "*",
      allowMethods: ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"],
      // Left empty, Hono reflects what the client asks for.
      allowHeaders: ["Accept", "Authorization", "Content-Type", "If-None-Match", "Last-Event-ID"],
      exposeHeaders: [
        "ETag",
        "Link",
        "RateLimit",
        "RateLimit-Policy",
        "Retry-After",
        "Server-Timing",
        "X-Request-Id",
      ],
      maxAge: 600,
    }),
  );
  app.use(timing());
  app.use(
    compress({
      contentTypeFilter: (type) =>
        COMPRESSIBLE_CONTENT_TYPE_REGEX.test(type) || type === CONTENT_TYPES.ndjson,
    }),
  );
  const limited =
    config.limits.requestsPerMinute > 0
      ? rateLimit({
          ...config.limits,
          callerOf: (c) => tokenHolder(c, access),
          trustedProxies: config.trustedProxies,
          now,
        })
      : undefined;
  if (limited) for (const path of LIMITED) app.use(path, limited);
  app.use(
    methodNotAllowed({
      app,
      onMethodNotAllowed: (c, methods) =>
        new HttpProblem(
          "method-not-allowed",
          `${quoted(c.req.method)} is not possible here; ${methods.join(", ")} is.`,
          {
            headers: { allow: methods.join(", ") },
          },
        ).toResponse(),
    }),
  );
  for (const path of ["/v1/*", "/x/*", "/metrics"]) app.use(path, authenticate(access));
  const [small, large] = [limitBody(BODY_BYTES_MAX), limitBody(LARGE_BODY_BYTES_MAX)];
  app.use((c, next) => (LARGE_BODY.test(c.req.path) ? large : small)(c, next));
  // Not on live streams: it would wait for their end.
  for (const path of [
    "/v1/meters/:id/:series{energy|power|gaps|cost|prices}",
    "/v1/groups/:id/:series{energy|power}",
    "/v1/prices/*",
    "/v1/registers",
    "/openapi.json",
    "/asyncapi.json",
    "/schemas/*",
  ])
    app.use(path, etag());
  // Nor on files of any length: it would hold them in memory.
  const tagged = etag();
  app.use("/v1/meters/:id/readings", (c, next) => (isExport(c) ? next() : tagged(c, next)));
}

const limitBody = (maxSize: number): MiddlewareHandler =>
  bodyLimit({
    maxSize,
    onError: () =>
      new HttpProblem("body-too-large", `The body is larger than ${maxSize} bytes.`).toResponse(),
  });
