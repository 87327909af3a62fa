import { hash } from "node:crypto";
import type { TimeRange } from "../request/parameters.ts";
import type { AppContext } from "../ports.ts";

/** Late readings and the energy up to the first reading after the range may still come. */
const SETTLED_AFTER_MS = 15 * 60_000;

/** Answers are compressed from this length on. */
export const COMPRESSED_BYTES_MIN = 1_024;

type Status = 200 | 201 | 202 | 503;

type Body = string | Uint8Array<ArrayBuffer>;
/** The bodies of answers that are whole in memory: an answer itself gives its own as a stream only. */
const bodies = new WeakMap<Response, Body>();
export const bodyOf = (answer: Response): Body | undefined => bodies.get(answer);

/** Puts an answer that is whole in memory in the place of the context's. Its headers are written as they are, and not one by one. */
export function replaceAnswer(c: AppContext, body: Body, headers: Record<string, string>): void {
  const answer = new Response(body, { status: c.res.status, headers });
  bodies.set(answer, body);
  // Set over another answer, Hono would copy this one, as a stream.
  c.res = undefined;
  c.res = answer;
}

/** Sets headers on the context's answer; those that it has beside them are put into `headers`, which is the answer's from then on. */
export function addHeaders(c: AppContext, headers: Record<string, string>): void {
  const body = bodyOf(c.res);
  if (body === undefined) for (const [name, value] of Object.entries(headers)) c.res.headers.set(name, value);
  else {
    for (const [name, value] of c.res.headers) headers[name] ??= value;
    replaceAnswer(c, body, headers);
  }
}

export const json = (c: AppContext, body: object, status: Status = 200): Response =>
  jsonText(c, JSON.stringify(body), status);

/**
 * Answers JSON with its length, so that small answers are not compressed, and with its fingerprint: the middleware would
 * copy the answer and read it as a stream to make one. Likewise that its form depends on Accept-Encoding.
 */
export function jsonText(c: AppContext, text: string, status: Status = 200): Response {
  const bytes = Buffer.byteLength(text);
  if (bytes >= COMPRESSED_BYTES_MIN) c.header("vary", "Accept-Encoding", { append: true });
  const answer = c.body(text, status, {
    "content-type": "application/json",
    "content-length": String(bytes),
    ...(status === 200 ? { etag: `"${hash("sha1", text)}"` } : {}),
  });
  bodies.set(answer, text);
  return answer;
}

/** Five minutes for a range that lies in the past, ten seconds for one that touches now. */
export function cacheRange(c: AppContext, range: TimeRange, now: number): void {
  const closed = range.to + SETTLED_AFTER_MS <= now;
  c.header(
    "cache-control",
    closed ? "private, max-age=300, stale-while-revalidate=3600" : "private, max-age=10",
  );
}
