import type { MiddlewareHandler } from "hono";
import { HttpProblem } from "../answer/problem.ts";
import type { AppContext, AppEnv } from "../ports.ts";

const tooLarge = (max: number): HttpProblem =>
  new HttpProblem("body-too-large", `The body is larger than ${max} bytes.`);

/**
 * Refuses bodies that are too large: by their length where it is told, else as soon as too much has come. (Hono's own makes
 * a new Request of the server's, which the server's is not fit for when no length is told: every DELETE failed.)
 */
export const limitBody = (max: number): MiddlewareHandler<AppEnv> =>
  async function limitBody(c, next) {
    const length = c.req.header("content-length");
    const chunked = c.req.header("transfer-encoding") !== undefined;
    if (length !== undefined && !chunked) {
      if (Number(length) > max) throw tooLarge(max);
    } else if (chunked || (c.env?.incoming === undefined && c.req.raw.body !== null)) {
      // Its type says the value; what Hono keeps there, and waits for, is the promise.
      c.req.bodyCache.arrayBuffer = Promise.resolve(await bounded(c, max)) as unknown as ArrayBuffer;
    }
    await next();
  };

/** The whole body, which may not be larger. */
async function bounded(c: AppContext, max: number): Promise<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of c.req.raw.body ?? []) {
    bytes += part.byteLength;
    if (bytes > max) throw tooLarge(max);
    parts.push(part);
  }
  const whole = Buffer.concat(parts);
  return whole.buffer.slice(whole.byteOffset, whole.byteOffset + whole.byteLength);
}
