import { hash, randomBytes } from "node:crypto";
import { DAY_MS } from "@smp/schemas";
import type { NewToken } from "@smp/schemas/api";
import type { RegistryDocument } from "@smp/store";
import type { Rights } from "./caller.ts";

export const TOKEN_KIND = "token";
export const TOKENS_MAX = 1_000;
const DAYS_DEFAULT = 365;
/** The whole of a secret: the prefix lets scanners find it in code, the rest is 256 bits. */
export const SECRET: RegExp = /^smp_[A-Za-z0-9_-]{43}$/;

/** A token as the store keeps it: its secret only as SHA-256, enough for 256 random bits. */
export interface TokenRecord extends Rights {
  hash: string;
}

export const hashOf = (secret: string): string => hash("sha256", secret);

/** Makes a token; the secret is nowhere but in the result. */
export function makeToken(wish: NewToken, now: number): { record: TokenRecord; secret: string } {
  const secret = `smp_${randomBytes(32).toString("base64url")}`;
  const record: TokenRecord = {
    id: randomBytes(6).toString("hex"),
    name: wish.name,
    scopes: wish.scopes ?? ["read"],
    meters: wish.meters ?? null,
    finest: wish.finest ?? "raw",
    device: wish.device ?? null,
    created: now,
    expires: now + (wish.expires_in_days ?? DAYS_DEFAULT) * DAY_MS,
    hash: hashOf(secret),
  };
  return { record, secret };
}

/** What is wrong with a wish that has the right form, as a sentence; undefined when nothing. */
export function wishFault({ scopes = ["read"], device = null }: NewToken): string | undefined {
  const ingest = scopes.includes("ingest");
  if (ingest && device === null) return 'A token of the scope "ingest" must name its "device".';
  if (!ingest && device !== null) return '"device" belongs to the scope "ingest" only.';
  if (ingest && scopes.length > 1)
    return 'The scope "ingest" stands alone: a device that hands in readings need not read any.';
  return undefined;
}

export const tokenDocument = (record: TokenRecord): RegistryDocument => {
  const { id, ...value } = record;
  return { kind: TOKEN_KIND, id, value, t: record.created };
};

export const tokenRecord = ({ id, value }: RegistryDocument): TokenRecord => ({
  id,
  ...(value as Omit<TokenRecord, "id">),
});
