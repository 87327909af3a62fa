import type { Resolution } from "@smp/schemas";
import type { Finest, Scope, Visibility } from "@smp/schemas/api";

/** How fine an answer is; `raw` is single readings, newest values and live streams. */
export type Fineness = "raw" | Resolution;

/**
 * Who asks, and what it may have. Routes ask it before they ask the store, so that a meter that is forbidden and one that
 * does not exist take the same way and the same time.
 */
export interface Caller {
  /** Id of its token; null for a caller without one. */
  readonly id: string | null;
  readonly name: string;
  readonly anonymous: boolean;
  readonly scopes: readonly Scope[];
  /** The meters that its token names; null: all. For an anonymous caller none. */
  readonly meters: readonly string[] | null;
  readonly finest: Finest;
  /** The device of a token of the scope `ingest`. */
  readonly device: string | null;
  /** Unix ms. */
  readonly expires: number | null;

  /** Whether it has the right; `admin` includes `read` and `write`, never `ingest`. */
  may(scope: Scope): boolean;
  /** Whether it may know that there is such a meter. */
  canSee(meter: string): boolean;
  /** Whether it may have the meter's own values this finely. */
  canRead(meter: string, fineness: Fineness): boolean;
  /** Whether it may change the meter's settings and tariffs. */
  canWrite(meter: string): boolean;
}

/** What a token's document says, apart from its secret. */
export interface Rights {
  id: string;
  name: string;
  scopes: readonly Scope[];
  meters: readonly string[] | null;
  finest: Finest;
  device: string | null;
  created: number;
  expires: number;
}

const ORDER: Record<Fineness, number> = { raw: 0, "15m": 1, "1h": 2, day: 3, week: 4, month: 5, year: 6 };

/** Whether a token of that fineness covers an answer of this one. */
export const covers = (finest: Finest, asked: Fineness): boolean => ORDER[asked] >= ORDER[finest];

type VisibilityOf = (meter: string) => Visibility;

/** A caller without a token: it may have what is public. */
export function anonymousCaller(visibilityOf: VisibilityOf): Caller {
  const isOpen = (meter: string): boolean => visibilityOf(meter) === "open";
  return {
    id: null,
    name: "anonymous",
    anonymous: true,
    scopes: [],
    meters: [],
    finest: "raw",
    device: null,
    expires: null,
    may: () => false,
    canSee: isOpen,
    canRead: isOpen,
    canWrite: () => false,
  };
}

/** An administrator without a token, for commands that work on the store in their own process. */
export const localAdmin = (): Caller =>
  tokenCaller(
    {
      id: "",
      name: "local administrator",
      scopes: ["admin"],
      meters: null,
      finest: "raw",
      device: null,
      created: 0,
      expires: Number.MAX_SAFE_INTEGER,
    },
    () => "private",
  );

export function tokenCaller(rights: Rights, visibilityOf: VisibilityOf): Caller {
  const { id, name, scopes, meters, device, expires } = rights;
  const admin = scopes.includes("admin");
  const finest = admin ? "raw" : rights.finest;
  const may = (scope: Scope): boolean => scopes.includes(scope) || (admin && scope !== "ingest");
  const named = new Set(meters ?? []);
  const isOwn = (meter: string): boolean =>
    admin || ((may("read") || may("write")) && (meters === null || named.has(meter)));
  const isOpen = (meter: string): boolean => visibilityOf(meter) === "open";
  return {
    id,
    name,
    anonymous: false,
    scopes,
    meters: admin ? null : meters,
    finest,
    device,
    expires,
    may,
    canSee: (meter) => isOwn(meter) || isOpen(meter),
    canRead: (meter, fineness) => (isOwn(meter) && may("read") && covers(finest, fineness)) || isOpen(meter),
    canWrite: (meter) => isOwn(meter) && may("write"),
  };
}
