import { route } from "./router.ts";

/**
 * Lets the browser keep the app's files, so that it opens without a network and can be installed. Browsers allow it only with TLS
 * or on localhost; elsewhere the app works as long as it is open.
 */
export function keepOffline(): void {
  if (!import.meta.env.PROD || !("serviceWorker" in navigator) || route.peek().query.has("embed")) return;
  const register = (): void => {
    navigator.serviceWorker
      .register(new URL("./sw.js", document.baseURI), { updateViaCache: "none" })
      // Without it the app works as long as it is open.
      .catch(() => undefined);
  };
  if (document.readyState === "complete") register();
  else addEventListener("load", register);
}
