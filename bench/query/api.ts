import { join } from "node:path";
import { ensureAdminToken, readConfig, startApi } from "@smp/api";
import type { Store } from "@smp/store";
import { pino } from "pino";
import { NOW } from "./houses.ts";

export interface Api {
  url: string;
  /** With the admin's token. */
  headers: Record<string, string>;
  close(): Promise<void>;
}

/** The HTTP API of a store, in this process, without a limit of requests. */
export async function apiOf(store: Store, folder: string): Promise<Api> {
  const token = await ensureAdminToken(store, join(folder, "admin.token"), NOW);
  const api = await startApi(readConfig({ SMP_HTTP_PORT: "0", SMP_HTTP_REQUESTS_PER_MINUTE: "0" }), {
    store,
    logger: pino({ level: "silent" }),
    now: () => NOW + Math.round(performance.now()),
  });
  return { url: api.url, headers: { authorization: `Bearer ${token}` }, close: () => api.close() };
}
