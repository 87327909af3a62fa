import type { MiddlewareHandler } from "hono";
import type { Caller } from "../access/caller.ts";
import { clientAddress } from "../request/client-address.ts";
import type { ApiLimits } from "../config.ts";
import { HttpProblem } from "../answer/problem.ts";
import type { AppContext, AppEnv } from "../ports.ts";

const WINDOW_MS = 60_000;
/** Clients remembered; the oldest is forgotten first, so that a flood of addresses costs no memory. */
const CLIENTS_MAX = 10_000;

interface RateLimitOptions extends Pick<ApiLimits, "requestsPerMinute" | "anonymousPerMinute"> {
  /** The caller of a valid token; undefined for all others. */
  callerOf: (c: AppContext) => Promise<Caller | undefined>;
  trustedProxies: readonly string[];
  now: () => number;
}

/**
 * Limits requests per minute: of a token, wherever it asks from, or of an address without one. Answers carry the RateLimit
 * headers of the IETF draft 7.
 */
export function rateLimit(options: RateLimitOptions): MiddlewareHandler<AppEnv> {
  const { requestsPerMinute, callerOf, trustedProxies, now } = options;
  const anonymousPerMinute = Math.min(options.anonymousPerMinute, requestsPerMinute);
  const windows = new Map<string, { start: number; count: number }>();
  return async function rateLimit(c, next) {
    const token = (await callerOf(c))?.id ?? undefined;
    const limit = token === undefined ? anonymousPerMinute : requestsPerMinute;
    const client = token === undefined ? clientAddress(c, trustedProxies) : `token ${token}`;
    let window = windows.get(client);
    // A clock that is set back must not keep anybody out until it has caught up.
    if (!window || Math.abs(now() - window.start) >= WINDOW_MS) {
      windows.delete(client);
      const oldest = windows.size >= CLIENTS_MAX ? windows.keys().next().value : undefined;
      if (oldest !== undefined) windows.delete(oldest);
      window = { start: now(), count: 0 };
      windows.set(client, window);
    }
    window.count++;
    const resetS = Math.ceil((window.start + WINDOW_MS - now()) / 1000);
    const headers = {
      ratelimit: `limit=${limit}, remaining=${Math.max(0, limit - window.count)}, reset=${resetS}`,
      "ratelimit-policy": `${limit};w=${WINDOW_MS / 1000}`,
    };
    if (window.count > limit)
      throw new HttpProblem("rate-limited", `More than ${limit} requests in a minute: wait ${resetS} s.`, {
        retryAfterS: resetS,
        headers,
      });
    await next();
    for (const [name, value] of Object.entries(headers)) c.res.headers.set(name, value);
  };
}
