import { HttpProblem } from "../answer/problem.ts";
import type { AppContext } from "../ports.ts";
import { SECRET } from "./token.ts";

/** A token, whatever stands around it. */
const TOKEN = new RegExp(SECRET.source.replace(/^\^|\$$/g, ""));

/** Names by which other interfaces take a token from the address. */
const NAME = /^(?:(?:access|api|auth|bearer)[_-]?)?(?:token|key)$|^(?:auth|authorization|bearer)$/i;

const PLACE =
  'a token belongs in the header "Authorization: Bearer smp_…", never in the address, which logs keep';

/** What to tell who sends an unknown parameter of this name, if it looks like a token's. */
export const placeOfToken = (name: string): string => (NAME.test(name) ? `; ${PLACE}` : "");

/** Refuses one of our tokens in the address before anybody is handed it, such as an extension. */
export function refuseTokenInAddress(c: AppContext): void {
  if (TOKEN.test(decoded(c.req.url)))
    throw new HttpProblem(
      "unknown-parameter",
      `There is a token in the address, but ${PLACE}: revoke this one.`,
    );
}

/** Also of an address in which something else cannot be decoded. */
const decoded = (url: string): string =>
  url.replace(/%([0-7][0-9a-f])/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
