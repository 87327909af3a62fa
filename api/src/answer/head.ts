import { randomUUID } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import { addHeaders } from "./answer.ts";
import type { Metrics } from "../metrics.ts";
import type { AppEnv } from "../ports.ts";

/** What every answer carries, whoever asks. (Strict-Transport-Security is of the proxy that ends TLS.) */
const FIXED: Readonly<Record<string, string>> = {
  "access-control-allow-origin": "*",
  "access-control-expose-headers":
    "Allow,Content-Disposition,ETag,Link,RateLimit,RateLimit-Policy,Retry-After,Server-Timing,WWW-Authenticate,X-Request-Id",
  "cross-origin-opener-policy": "same-origin",
  // The data is for pages of other origins too; the pages themselves carry their own policy.
  "cross-origin-resource-policy": "cross-origin",
  "origin-agent-cluster": "?1",
  "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-dns-prefetch-control": "off",
  "x-download-options": "noopen",
  "x-frame-options": "DENY",
  "x-permitted-cross-domain-policies": "none",
  "x-xss-protection": "0",
};

/** What a page of another origin may send. */
const PREFLIGHT: Readonly<Record<string, string>> = {
  "access-control-allow-methods": "GET,HEAD,OPTIONS,POST,PUT,PATCH,DELETE",
  "access-control-allow-headers": "Accept,Authorization,Content-Type,If-None-Match,Last-Event-ID",
  "access-control-max-age": "600",
};

/** A proxy may have given the request its id. */
const isId = (text: string | undefined): text is string => /^[\w\-=]{1,255}$/.test(text ?? "");

/**
 * Puts its fixed fields, its id and its times on every answer, and counts it. In one place and at once: a middleware for each
 * set and checked each field by itself, after the store's answer, while somebody waits.
 */
export const answerHead = (metrics: Metrics): MiddlewareHandler<AppEnv> =>
  async function answerHead(c, next) {
    const started = performance.now();
    const given = c.req.header("x-request-id");
    const requestId = isId(given) ? given : randomUUID();
    c.set("requestId", requestId);
    if (c.req.method === "OPTIONS") c.res = new Response(null, { status: 204, headers: PREFLIGHT });
    else await next();
    const tookMs = performance.now() - started;
    const storeMs = c.get("storeMs");
    addHeaders(c, {
      ...FIXED,
      "x-request-id": requestId,
      "server-timing": `${storeMs === undefined ? "" : `store;dur=${storeMs.toFixed(1)},`}total;dur=${tookMs.toFixed(1)}`,
    });
    metrics.count(c, tookMs / 1000);
  };
