import type { AppContext } from "./services.ts";

/** Asked before anything is changed. Until there are tokens, the server listens on the loopback address only. */
export function requireWrite(_c: AppContext): void {
  // Whoever reaches the loopback address may write.
}
