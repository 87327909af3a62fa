import { signal, type Signal } from "@preact/signals";
import { keep, kept } from "../state/kept.ts";

/** `smp_` and 32 random bytes in base64url. */
export const TOKEN = /^smp_[A-Za-z0-9_-]{43}$/;

/** A page inside another site's frame shows what is public: it never uses a token, so that nothing private can be framed. */
const framed = new URLSearchParams(location.search).get("embed") === "1";

/** Whether the address had something in place of a token that is none: half of a link, most likely. */
export const brokenLink: Signal<boolean> = signal(false);

/** Takes `#token=…` out of the address: a fragment never reaches a server, and must not stay in the address bar or in history. */
function fromFragment(): string | undefined {
  const offered = new URLSearchParams(location.hash.slice(1)).get("token");
  if (offered === null) return undefined;
  history.replaceState(null, "", location.pathname + location.search);
  brokenLink.value = !TOKEN.test(offered);
  return brokenLink.value ? undefined : offered;
}

/** The token that was kept when the page was opened. */
export const tokenBefore: string | undefined = framed ? undefined : kept("token");

function first(): string | undefined {
  if (framed) return undefined;
  const offered = fromFragment();
  if (offered !== undefined) keep("token", offered);
  return offered ?? tokenBefore;
}

/** The bearer token that requests carry; undefined: anonymous. */
export const token: Signal<string | undefined> = signal(first());

export function setToken(next: string | undefined): void {
  keep("token", next);
  brokenLink.value = false;
  token.value = next;
}

addEventListener("hashchange", () => {
  const offered = framed ? undefined : fromFragment();
  if (offered !== undefined) setToken(offered);
});

const follow = (): void => {
  if (!framed) token.value = kept("token");
};
// Whoever signs out in one tab is out in all of them. A page that comes back from sleep was not told.
addEventListener("storage", follow);
addEventListener("pageshow", ({ persisted }) => {
  if (persisted) follow();
});
