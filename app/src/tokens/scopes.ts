import { text } from "../i18n.ts";
import type { Scope } from "../state/session.ts";

/** What a token may do, in words: "lesen, ändern". */
export const scopesText = (scopes: readonly Scope[]): string =>
  scopes.map((scope) => text(`scope.${scope}`)).join(", ");
