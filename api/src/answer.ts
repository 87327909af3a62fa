import { hash } from "node:crypto";
import type { TimeRange } from "./parameters.ts";
import type { AppContext } from "./services.ts";

/** Late readings and the energy up to the first reading after the range may still come. */
const SETTLED_AFTER_MS = 15 * 60_000;

/** Answers are compressed from this length on. */
export const COMPRESSED_BYTES_MIN = 1_024;

type Status = 200 | 201 | 202 | 503;

/** The texts of answers that are whole in memory: an answer itself gives its own as a stream only. */
const texts = new WeakMap<Response, string>();
export const textOf = (answer: Response): string | undefined => texts.get(answer);

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
  texts.set(answer, text);
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
