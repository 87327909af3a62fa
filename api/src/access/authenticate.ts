import type { Scope } from "@smp/schemas/api";
import type { MiddlewareHandler } from "hono";
import { HttpProblem, quoted } from "../answer/problem.ts";
import type { AppContext, AppEnv } from "../ports.ts";
import { InvalidToken, type Access } from "./access.ts";
import type { Caller } from "./caller.ts";
import { refuseTokenInAddress } from "./token-in-address.ts";

/**
 * Puts the caller on the context: `c.get("caller")`. Answers depend on it, so that no shared cache may give one caller's
 * answer to another.
 */
export function authenticate(access: Access): MiddlewareHandler<AppEnv> {
  return async function authenticate(c, next) {
    refuseTokenInAddress(c);
    // The limit of requests may have asked for it already.
    c.set("caller", (c.get("caller") as Caller | undefined) ?? (await callerOf(c, access)));
    await next();
    c.res.headers.append("vary", "Authorization");
  };
}

/** The caller of a valid token; undefined for all others, also while the store is away. */
export async function tokenHolder(c: AppContext, access: Access): Promise<Caller | undefined> {
  if (!c.env?.caller && c.req.header("authorization") === undefined) return undefined;
  const caller = await callerOf(c, access).catch(() => undefined);
  if (caller) c.set("caller", caller);
  return caller?.anonymous ? undefined : caller;
}

/** The caller as its token stands now: an answer that lasts asks again. Throws a problem for a token that does not count. */
export async function callerOf(c: AppContext, access: Access): Promise<Caller> {
  if (c.env?.caller) return c.env.caller;
  const header = c.req.header("authorization");
  if (header === undefined) return access.caller(undefined);
  const secret = /^bearer +(\S+) *$/i.exec(header)?.[1];
  if (secret === undefined)
    throw unauthorized('The header must be "Authorization: Bearer smp_…", with a token of this platform.');
  try {
    return await access.caller(secret);
  } catch (error) {
    if (error instanceof InvalidToken) throw unauthorized(error.message, "invalid_token");
    throw error;
  }
}

const unauthorized = (detail: string, code?: string): HttpProblem =>
  new HttpProblem("unauthorized", detail, {
    headers: { "www-authenticate": `Bearer realm="smp"${code === undefined ? "" : `, error="${code}"`}` },
  });

/** The refusal of a caller that may know what it asks for, but not have it: 401 without a token, else 403. */
export const refusal = (c: AppContext, detail: string): HttpProblem =>
  c.get("caller").anonymous ? unauthorized(detail) : new HttpProblem("forbidden", detail);

/** Refuses a caller that lacks the right: 401 when it has no token, 403 when its token is not enough. */
export function requireScope(c: AppContext, scope: Scope): void {
  const caller = c.get("caller");
  if (caller.may(scope)) return;
  if (caller.anonymous) throw unauthorized(`This needs a token of the scope ${quoted(scope)}.`);
  throw new HttpProblem(
    "forbidden",
    `This needs the scope ${quoted(scope)}; the token ${quoted(caller.name)} has ${caller.scopes.join(", ")}.`,
  );
}
