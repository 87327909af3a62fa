/**
 * How the commands `smp token`, `smp meter` and `smp prices` reach the platform: through the one that runs, or, where none runs or the
 * store takes several processes, over the store in this process. Whether one runs is asked at its socket in the data folder: whatever
 * else answers at the port is not shown the token.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createApp, localAdmin, readConfig as readApiConfig, type AdminClient } from "@smp/api";
import { Checked, PlatformError } from "@smp/schemas";
import { controlSocketOf, isServed, openExistingStore, readConfig as readStoreConfig } from "@smp/store";
import { pino } from "pino";

/** Of the question who is there; and of a request, of which to delete a meter takes longest. */
const HELLO_MS_MAX = 5_000;
const ANSWER_MS_MAX = 120_000;

export async function connectAdmin(options: { url?: string }): Promise<AdminClient> {
  const checked = new Checked(process.env);
  const dataDir = checked.text("SMP_DATA_DIR", { fallback: "data" });
  const port = checked.integer("SMP_HTTP_PORT", { min: 0, max: 65_535, fallback: 8080 });
  checked.throwIfFaulty();
  if (options.url !== undefined) return overHttp(options.url, await tokenOf(dataDir));
  const url = `http://127.0.0.1:${port}`;
  const store = readStoreConfig(process.env);
  if (store.kind !== "duckdb" || !(await isServed(controlSocketOf(store.file)))) return await overStore();
  if (await isPlatform(url)) return overHttp(url, await tokenOf(dataDir));
  throw new PlatformError(
    "config",
    `the platform of ${dataDir} runs, but does not answer at ${url}: set SMP_HTTP_PORT as it has it, or name its address with --url`,
  );
}

/** Whether what answers there says what the platform says. */
const isPlatform = async (url: string): Promise<boolean> => {
  try {
    const answer = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(HELLO_MS_MAX) });
    return answer.ok && (await answer.text()) === '{"status":"ok"}';
  } catch {
    return false;
  }
};

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
    async request(path, init = {}) {
      const headers = new Headers(init.headers);
      headers.set("authorization", `Bearer ${token}`);
      const signal = AbortSignal.timeout(ANSWER_MS_MAX);
      try {
        return await fetch(new URL(path, url), { ...init, headers, signal });
      } catch (cause) {
        const why = signal.aborted ? `no answer within ${ANSWER_MS_MAX / 1_000} s` : reasonOf(cause);
        throw new PlatformError("unreachable", `${url} does not answer: ${why}`, { cause });
      }
    },
    close: async () => {},
  };
}

/** `fetch` says why it failed in the cause. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  if (cause instanceof AggregateError) return cause.errors.map(String).join("; ");
  return cause instanceof Error ? cause.message : String(cause);
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
