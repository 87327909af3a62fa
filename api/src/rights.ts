import { requireScope } from "./access/authenticate.ts";
import type { AppContext } from "./services.ts";

/** Asked before anything is changed that all meters share. */
export function requireWrite(c: AppContext): void {
  requireScope(c, "write");
}
