import { toOffsetString } from "@smp/schemas";
import type { CreatedToken, NewToken, Session, Token, TokenList } from "@smp/schemas/api";
import { requireScope } from "../access/authenticate.ts";
import {
  makeToken,
  TOKEN_KIND,
  tokenDocument,
  TOKENS_MAX,
  wishFault,
  type TokenRecord,
} from "../access/token.ts";
import { json } from "../answer/answer.ts";
import { readBody } from "../request/body.ts";
import { readParameters } from "../request/parameters.ts";
import { HttpProblem, quoted } from "../answer/problem.ts";
import type { App } from "../ports.ts";
import type { Services } from "../services.ts";

/** Who asks. */
export function addSession(app: App, services: Services): void {
  const tz = services.config.timeZone;
  app.get("/v1/session", (c) => {
    readParameters(c, []);
    const { anonymous, name, scopes, meters, finest, device, expires } = c.get("caller");
    c.header("cache-control", "no-store");
    return json(c, {
      anonymous,
      name,
      scopes: [...scopes],
      meters: meters === null ? null : [...meters],
      finest,
      device,
      expires: expires === null ? null : toOffsetString(expires, tz),
    } satisfies Session);
  });
}

/** The tokens by which others may ask. */
export function addTokens(app: App, services: Services): void {
  const { access, now } = services;
  const tz = services.config.timeZone;
  const valid = async (): Promise<TokenRecord[]> =>
    (await access.tokens()).filter(({ expires }) => expires > now());

  app.get("/v1/tokens", async (c) => {
    readParameters(c, []);
    requireScope(c, "admin");
    c.header("cache-control", "no-store");
    const [tokens, uses] = await Promise.all([valid(), services.query(c, () => access.uses.all())]);
    return json(c, {
      tokens: tokens.map((token) => tokenAnswer(token, tz, uses.get(token.id))),
    } satisfies TokenList);
  });

  app.post("/v1/tokens", async (c) => {
    readParameters(c, []);
    requireScope(c, "admin");
    const wish = await readBody<NewToken>(c, "NewToken");
    const fault = wishFault(wish);
    if (fault !== undefined) throw new HttpProblem("refused", fault);
    if ((await valid()).length >= TOKENS_MAX)
      throw new HttpProblem(
        "refused",
        `There may be ${TOKENS_MAX} tokens at most. Revoke those that nobody uses.`,
      );
    const { record, secret } = makeToken(wish, now());
    await access.put(TOKEN_KIND, record.id, tokenDocument(record).value);
    c.header("cache-control", "no-store");
    c.header("location", `/v1/tokens/${record.id}`);
    return json(c, { ...tokenAnswer(record, tz), token: secret } satisfies CreatedToken, 201);
  });

  app.delete("/v1/tokens/:id", async (c) => {
    readParameters(c, []);
    const id = c.req.param("id");
    // Whoever has a secret may make it worthless.
    if (c.get("caller").id !== id) requireScope(c, "admin");
    if (!(await access.tokens()).some((token) => token.id === id))
      throw new HttpProblem("not-found", `There is no token ${quoted(id)}.`);
    await access.put(TOKEN_KIND, id, null);
    await access.uses.forget(id);
    return c.body(null, 204);
  });
}

const tokenAnswer = (
  { id, name, scopes, meters, finest, device, created, expires }: TokenRecord,
  tz: string,
  usedMs?: number,
): Token => ({
  id,
  name,
  scopes: [...scopes] as Token["scopes"],
  meters: meters === null ? null : [...meters],
  finest,
  device,
  created: toOffsetString(created, tz),
  expires: toOffsetString(expires, tz),
  ...(usedMs === undefined ? {} : { last_used: toOffsetString(usedMs, tz).slice(0, 10) }),
});
