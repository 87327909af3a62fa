import { createHash } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import { etag } from "hono/etag";
import { methodNotAllowed } from "hono/method-not-allowed";
import { authenticate, tokenHolder } from "./access/authenticate.ts";
import type { Caller } from "./access/caller.ts";
import { limitBody } from "./limits/body-limit.ts";
import { compressAnswer } from "./answer/compress.ts";
import { isExport } from "./export/format.ts";
import { answerHead } from "./answer/head.ts";
import type { Metrics } from "./metrics.ts";
import { HttpProblem, quoted } from "./answer/problem.ts";
import { rateLimit } from "./limits/rate-limit.ts";
import { Seats } from "./limits/seats.ts";
import type { App, AppContext, AppEnv } from "./ports.ts";
import type { Services } from "./services.ts";

const BODY_BYTES_MAX = 16_384;
/** Contracts and months of prices are larger than anything else that is sent. */
const LARGE_BODY_BYTES_MAX = 1_048_576;
const LARGE_BODY = /^\/v1\/(?:prices\/|tariffs(?:\/|$))|\/cost\/preview$/;

/** Addresses whose answers count against a client's limit. */
const LIMITED = ["/v1/*", "/x/*", "/docs/*", "/openapi.json", "/asyncapi.json", "/schemas/*", "/problems/*"];

/** What every request passes, outermost first. */
export function addMiddleware(app: App, services: Services, metrics: Metrics): void {
  app.use(answerHead(metrics));
  app.use(compressAnswer);
  addGates(app, services);
  addTags(app);
}

/** Files under way, in all and per client: each holds a page of readings until its reader has taken it. */
const FILES = { total: 40, perClient: 8, what: "files" } as const;

function limitFiles(services: Services): MiddlewareHandler<AppEnv> {
  const seats = new Seats(services, FILES);
  return async function limitFiles(c, next) {
    const answer = c.env?.outgoing;
    // Its end is told whatever becomes of it: read to the end, broken off, or never begun.
    if (answer && c.req.method === "GET" && isExport(c)) answer.once("close", seats.take(c));
    await next();
  };
}

/** What may refuse a request before a route sees it. */
function addGates(app: App, services: Services): void {
  const { config, now, access } = services;
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
  app.use("/v1/*", limitFiles(services));
  const [small, large] = [limitBody(BODY_BYTES_MAX), limitBody(LARGE_BODY_BYTES_MAX)];
  // A body without a length is held in memory before anybody is asked whether its sender may send it.
  const isTrusted = (c: AppContext): boolean => {
    const caller: Caller | undefined = c.get("caller");
    return c.req.header("transfer-encoding") === undefined || (caller !== undefined && !caller.anonymous);
  };
  app.use((c, next) => (LARGE_BODY.test(c.req.path) && isTrusted(c) ? large : small)(c, next));
}

/** At once: the runtime's own way asks a thread of the pool that the store's queries keep busy. */
const generateDigest = (body: Uint8Array): ArrayBuffer =>
  new Uint8Array(createHash("sha1").update(body).digest()).buffer;

/**
 * Addresses whose answers get a fingerprint. Not live streams: it would wait for their end. (One pattern: as routes of the
 * middleware, each request's search for its route would pass them all, in twice the time.)
 */
const TAGGED =
  /^\/(?:v1\/(?:meters\/[^/]+\/(?:energy|power|gaps|cost|prices|readings)|groups\/[^/]+\/(?:energy|power)|prices(?:\/.*)?|registers)|openapi\.json|asyncapi\.json|schemas(?:\/.*)?)$/;

/** Fingerprints of answers. Those that bring their own are answered 304 when they are known, wherever they come from. */
function addTags(app: App): void {
  const tagged = etag({ generateDigest });
  app.use(async function tags(c, next) {
    await next();
    if (c.res.headers.has("etag") && c.req.header("if-none-match") === undefined) return;
    // Nor files of any length: they would be held in memory.
    const isTagged = TAGGED.test(c.req.path) && !(c.req.path.endsWith("/readings") && isExport(c));
    if (isTagged || c.res.headers.has("etag")) await tagged(c, async () => undefined);
  });
}
