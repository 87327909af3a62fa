import type { Scope, Session } from "@smp/schemas/api";
import { useResource } from "../api/resource.ts";
import { token } from "../api/token.ts";

export interface Rights {
  session: Session | undefined;
  /** The first answer has come, or failed. */
  known: boolean;
  /** The platform does not take this browser's token. */
  refused: boolean;
  /** What the platform will refuse anyway need not be offered. */
  may: (scope: Scope) => boolean;
}

/** Who the platform takes this browser for. */
export function useSession(): Rights {
  const { data: session, failure } = useResource<Session>("v1/session");
  return {
    session,
    refused: failure?.kind === "unauthorized",
    known: session !== undefined || failure !== undefined,
    may: (scope) =>
      token.value !== undefined &&
      session !== undefined &&
      (session.scopes.includes("admin") || session.scopes.includes(scope)),
  };
}
