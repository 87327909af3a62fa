import { promisify } from "node:util";
import { gzip, gzipSync } from "node:zlib";
import type { MiddlewareHandler } from "hono";
import { compress } from "hono/compress";
import { parseAccept } from "hono/utils/accept";
import { COMPRESSIBLE_CONTENT_TYPE_REGEX } from "hono/utils/compress";
import { bodyOf, COMPRESSED_BYTES_MIN, replaceAnswer } from "./answer.ts";
import { CONTENT_TYPES } from "../export/format.ts";
import type { AppEnv } from "../ports.ts";

/** Longer texts are compressed beside the event loop; shorter ones take less than waiting for the pool's threads, which run the store's queries. */
const AT_ONCE_CHARACTERS_MAX = 65_536;
/** Measured on a day at 15 minutes: 6 takes twice the time for a tenth fewer bytes. */
const level = 3;
const inPool = promisify(gzip);

/** The only encoding: whoever takes another one takes this one, too, or the plain text. */
const ENCODING = "gzip";

/** Whether a client takes gzip: by its name, or by `*` for all that it does not name (RFC 9110, 12.5.3). */
function takesGzip(header: string | undefined): boolean {
  const accepted = parseAccept(header ?? "");
  const named = (name: string) => accepted.find(({ type }) => type.toLowerCase() === name);
  return ((named(ENCODING) ?? named("*"))?.q ?? 0) > 0;
}

const compressStream = compress({
  encoding: ENCODING,
  threshold: COMPRESSED_BYTES_MIN,
  contentTypeFilter: (type) => COMPRESSIBLE_CONTENT_TYPE_REGEX.test(type) || type === CONTENT_TYPES.ndjson,
});

/**
 * Compresses an answer whose text is whole in memory at once: as a stream it would take ten times as long, and what its reader does
 * not take would wait where nobody counts it.
 */
export const compressAnswer: MiddlewareHandler<AppEnv> = async function compressAnswer(c, next) {
  await next();
  const text = bodyOf(c.res);
  if (typeof text !== "string") return compressStream(c, async () => undefined);
  if (text.length < COMPRESSED_BYTES_MIN || c.req.method === "HEAD") return;
  if (!takesGzip(c.req.header("accept-encoding"))) return;
  const bytes =
    text.length <= AT_ONCE_CHARACTERS_MAX ? gzipSync(text, { level }) : await inPool(text, { level });
  const headers: Record<string, string> = Object.fromEntries(c.res.headers);
  headers["content-encoding"] = ENCODING;
  headers["content-length"] = String(bytes.length);
  // Weak: other bytes than the plain text's.
  if (headers["etag"]) headers["etag"] = `W/${headers["etag"]}`;
  replaceAnswer(c, new Uint8Array(bytes), headers);
};
