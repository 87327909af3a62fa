import type { Session } from "@smp/schemas/api";
import { useResource } from "../api/resource.ts";
import { token } from "../api/token.ts";

export type Scope = Session["scopes"][number];

export interface Rights {
  session: Session | undefined;
  /** What the platform will refuse anyway need not be offered. */
  may: (scope: Scope) => boolean;
}

/** Who the platform takes this browser for. */
export function useSession(): Rights {
  const session = useResource<Session>("v1/session").data;
  return {
    session,
    may: (scope) =>
      token.value !== undefined &&
      session !== undefined &&
      (session.scopes.includes("admin") || session.scopes.includes(scope)),
  };
}
