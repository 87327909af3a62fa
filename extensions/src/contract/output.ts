import type { Settings } from "./manifest.ts";
import type { StoreView } from "./store-view.ts";

/**
 * Interface `output`, version 1: answers HTTP requests at `/x/{name}/...`. The default export of an output's module; a
 * Hono application is one (the context is its `c.env`).
 *
 * - `request.url` has the path behind `/x/{name}`: the address `/x/{name}/a?b=1` is `http://x/a?b=1` here.
 * - `context.store` shows what the caller may see, and nothing else; a meter that is not to be seen does not exist.
 * - The request comes without `authorization` and `cookie`. Its body has at most 16 KiB, the answer's at most 8 MiB.
 * - Of the answer's headers those about its content go on. Pages are shown in a sandbox, without the app's storage.
 * - A call that throws is answered with 502, one that takes longer than 10 s with 504; the API goes on.
 */
export interface Output {
  fetch(request: Request, context: OutputContext): Response | Promise<Response>;
}

export interface OutputContext {
  settings: Settings;
  store: StoreView;
  /** IANA zone of answers whose request names none. */
  timeZone: string;
}
