import type { MiddlewareHandler } from "hono";
import { clientAddress } from "./client-address.ts";
import { HttpProblem } from "./problem.ts";
import type { AppEnv } from "./services.ts";

const WINDOW_MS = 60_000;
/** Addresses remembered; the oldest is forgotten first, so that a flood of addresses costs no memory. */
const ADDRESSES_MAX = 10_000;

interface RateLimitOptions {
  requestsPerMinute: number;
  trustedProxies: readonly string[];
  now: () => number;
}

/** Limits requests per client address and minute; answers carry the RateLimit headers of the IETF draft 7. */
export function rateLimit({
  requestsPerMinute,
  trustedProxies,
  now,
}: RateLimitOptions): MiddlewareHandler<AppEnv> {
  const windows = new Map<string, { start: number; count: number }>();
  return async function rateLimit(c, next) {
    const address = clientAddress(c, trustedProxies);
    let window = windows.get(address);
    if (!window || now() - window.start >= WINDOW_MS) {
      windows.delete(address);
      const oldest = windows.size >= ADDRESSES_MAX ? windows.keys().next().value : undefined;
      if (oldest !== undefined) windows.delete(oldest);
      window = { start: now(), count: 0 };
      windows.set(address, window);
    }
    window.count++;
    const resetS = Math.ceil((window.start + WINDOW_MS - now()) / 1000);
    const headers = {
      ratelimit: `limit=${requestsPerMinute}, remaining=${Math.max(0, requestsPerMinute - window.count)}, reset=${resetS}`,
      "ratelimit-policy": `${requestsPerMinute};w=${WINDOW_MS / 1000}`,
    };
    if (window.count > requestsPerMinute)
      throw new HttpProblem(
        "rate-limited",
        `More than ${requestsPerMinute} requests in a minute: wait ${resetS} s.`,
        {
          retryAfterS: resetS,
          headers,
        },
      );
    await next();
    for (const [name, value] of Object.entries(headers)) c.res.headers.set(name, value);
  };
}
