import { promisify } from "node:util";
import { gzip, gzipSync } from "node:zlib";
import type { MiddlewareHandler } from "hono";
import { parseAccept } from "hono/utils/accept";
import { COMPRESSED_BYTES_MIN, textOf } from "./answer.ts";
import type { AppEnv } from "./services.ts";

/** Longer texts are compressed beside the event loop; shorter ones take less than waiting for the pool's threads, which run the store's queries. */
const AT_ONCE_CHARACTERS_MAX = 65_536;
/** Measured on a day at 15 minutes: 6 takes twice the time for a tenth fewer bytes. */
const level = 3;
const inPool = promisify(gzip);

/** The only encoding: whoever takes another one takes this one, too, or the plain text. */
export const ENCODING = "gzip";

/** Whether a client takes gzip: by its name, or by `*` for all that it does not name (RFC 9110, 12.5.3). */
function takesGzip(header: string | undefined): boolean {
  const accepted = parseAccept(header ?? "");
  const named = (name: string) => accepted.find(({ type }) => type.toLowerCase() === name);
  return ((named(ENCODING) ?? named("*"))?.q ?? 0) > 0;
}

/**
 * Compresses an answer whose text is whole in memory at once: as a stream it would take ten times as long, and what its reader does
 * not take would wait where nobody counts it. What else there is, is left to Hono's `compress`.
 */
export const compressText: MiddlewareHandler<AppEnv> = async function compressText(c, next) {
  await next();
  const text = textOf(c.res);
  if (text === undefined || text.length < COMPRESSED_BYTES_MIN || c.req.method === "HEAD") return;
  if (!takesGzip(c.req.header("accept-encoding"))) return;
  const bytes =
    text.length <= AT_ONCE_CHARACTERS_MAX ? gzipSync(text, { level }) : await inPool(text, { level });
  const packed = new Response(new Uint8Array(bytes), c.res);
  packed.headers.set("content-encoding", ENCODING);
  packed.headers.set("content-length", String(bytes.length));
  const etag = packed.headers.get("etag");
  // Weak: other bytes than the plain text's.
  if (etag) packed.headers.set("etag", `W/${etag}`);
  // Set over another answer, Hono would copy this one, as a stream.
  c.res = undefined;
  c.res = packed;
};
