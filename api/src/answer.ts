import { createHash } from "node:crypto";
import type { TimeRange } from "./parameters.ts";
import type { AppContext } from "./services.ts";

/** Late readings and the energy up to the first reading after the range may still come. */
const SETTLED_AFTER_MS = 15 * 60_000;

/**
 * Answers JSON with its length, so that small answers are not compressed, and with its fingerprint: the middleware would
 * copy the answer and read it as a stream to make one.
 */
export function json(c: AppContext, body: object, status: 200 | 201 | 202 | 503 = 200): Response {
  const text = JSON.stringify(body);
  return c.body(text, status, {
    "content-type": "application/json",
    "content-length": String(Buffer.byteLength(text)),
    ...(status === 200 ? { etag: `"${createHash("sha1").update(text).digest("hex")}"` } : {}),
  });
}

/** Five minutes for a range that lies in the past, ten seconds for one that touches now. */
export function cacheRange(c: AppContext, range: TimeRange, now: number): void {
  const closed = range.to + SETTLED_AFTER_MS <= now;
  c.header(
    "cache-control",
    closed ? "private, max-age=300, stale-while-revalidate=3600" : "private, max-age=10",
  );
}
