import { signal, type ReadonlySignal } from "@preact/signals";

/**
 * Every screen is one path segment beside the app's files: `history`, `costs?month=2026-11`. Files and API are then found by
 * relative addresses, so that the app works behind any path prefix without being told of it.
 */
export type ScreenName =
  | ""
  | "history"
  | "costs"
  | "meters"
  | "more"
  | "tariffs"
  | "export"
  | "tokens"
  | "licences"
  | "community";

export interface Route {
  /** The path segment; a string that is no ScreenName is an address that does not exist. */
  name: string;
  query: URLSearchParams;
}

/** The text of a path segment; one that is not written as such is an address that does not exist. */
function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

const read = (): Route => ({
  name: decoded(location.pathname.slice(location.pathname.lastIndexOf("/") + 1)).replace(/^index\.html$/, ""),
  query: new URLSearchParams(location.search),
});

const current = signal<Route>(read());
export const route: ReadonlySignal<Route> = current;

/** The relative address of a screen; empty and undefined parameters are left out. */
export function addressOf(
  name: ScreenName,
  query: Readonly<Record<string, string | undefined>> = {},
): string {
  const parameters = new URLSearchParams();
  for (const [key, value] of Object.entries(query))
    if (value !== undefined && value !== "") parameters.set(key, value);
  const search = parameters.toString();
  return `./${name}${search === "" ? "" : `?${search}`}`;
}

/** What a screen is about; one about something else begins at its top. */
const subject = ({ name, query }: Route): string => [name, query.get("id"), query.get("edit")].join(" ");

/** Goes to a screen. `replace`: without a step in the browser's history, for changes within a screen. */
export function navigate(href: string, { replace = false }: { replace?: boolean } = {}): void {
  history[replace ? "replaceState" : "pushState"](null, "", href);
  const before = subject(current.value);
  current.value = read();
  if (before !== subject(current.value)) scrollTo(0, 0);
}

/** Follows a link inside the app; leaves clicks that ask for a new tab to the browser. */
export function followLink(event: MouseEvent): void {
  if (
    event.defaultPrevented ||
    event.button !== 0 ||
    event.metaKey ||
    event.ctrlKey ||
    event.shiftKey ||
    event.altKey
  )
    return;
  const anchor = event.currentTarget as HTMLAnchorElement;
  event.preventDefault();
  navigate(anchor.getAttribute("href") ?? "./");
}

addEventListener("popstate", () => (current.value = read()));
