import type { Scope } from "@smp/schemas/api";
import { text } from "../i18n.ts";

/** What a token may do, in words: "lesen, ändern". */
export const scopesText = (scopes: readonly Scope[]): string =>
  scopes.map((scope) => text(`scope.${scope}`)).join(", ");
