/**
 * How the commands `smp token`, `smp meter` and `smp prices` reach the platform: through the one that runs, or, where none runs or the
 * store takes several processes, over the store in this process.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createApp, localAdmin, readConfig as readApiConfig, type AdminClient } from "@smp/api";
import { Checked, PlatformError } from "@smp/schemas";
import { openExistingStore, readConfig as readStoreConfig } from "@smp/store";
import { pino } from "pino";

export async function connectAdmin(options: { url?: string }): Promise<AdminClient> {
  const checked = new Checked(process.env);
  const dataDir = checked.text("SMP_DATA_DIR", { fallback: "data" });
  const port = checked.integer("SMP_HTTP_PORT", { min: 0, max: 65_535, fallback: 8080 });
  const kind = checked.oneOf("SMP_STORE", ["duckdb", "questdb"], "duckdb");
  checked.throwIfFaulty();
  if (options.url !== undefined) return overHttp(options.url, await tokenOf(dataDir));
  const url = `http://127.0.0.1:${port}`;
  if (kind === "duckdb" && (await runs(url))) return overHttp(url, await tokenOf(dataDir));
  return await overStore();
}

const runs = (url: string): Promise<boolean> =>
  fetch(`${url}/healthz`).then(
    ({ ok }) => ok,
    () => false,
  );

/** The caller's own, or the one of the first start. */
async function tokenOf(dataDir: string): Promise<string> {
  const own = process.env["SMP_TOKEN"];
  if (own !== undefined && own !== "") return own;
  try {
    return (await readFile(join(dataDir, "admin.token"), "utf8")).trim();
  } catch (error) {
    throw new PlatformError(
      "config",
      `SMP_TOKEN must hold a token of the scope admin: ${join(dataDir, "admin.token")} cannot be read`,
      { cause: error },
    );
  }
}

function overHttp(url: string, token: string): AdminClient {
  return {
    request: (path, init = {}) => {
      const headers = new Headers(init.headers);
      headers.set("authorization", `Bearer ${token}`);
      return fetch(new URL(path, url), { ...init, headers });
    },
    close: async () => {},
  };
}

async function overStore(): Promise<AdminClient> {
  const store = await openExistingStore(readStoreConfig(process.env));
  const ports = { store, sharedStore: true, logger: pino({ level: "silent" }) };
  const app = createApp(readApiConfig(process.env), ports);
  return {
    request: async (path, init) => app.request(path, init, { caller: localAdmin() }),
    close: () => store.close(),
  };
}
