import { existsSync } from "node:fs";
import { join } from "node:path";
import { Checked, PlatformError } from "@smp/schemas";
import type { Retention } from "./retention.ts";
import type { Store } from "./store.ts";

/** The adapters; each is loaded only when it is chosen. */
export const stores: {
  duckdb: () => Promise<typeof import("./duckdb.ts")>;
  questdb: () => Promise<typeof import("./questdb.ts")>;
} = {
  duckdb: () => import("./duckdb.ts"),
  questdb: () => import("./questdb.ts"),
};

export type StoreConfig =
  | { kind: "duckdb"; file: string; memoryLimitMb: number; threads: number; retention?: Retention }
  | { kind: "questdb"; url: string; pgUrl: string; retention?: Retention };

const DAYS_MAX = 36_500;
const RAW_DAYS = "SMP_RETENTION_RAW_DAYS";
const ROLLUP_DAYS = "SMP_RETENTION_ROLLUP_DAYS";

/**
 * SMP_STORE (duckdb, questdb), SMP_DATA_DIR, SMP_STORE_MEMORY_MB, SMP_STORE_THREADS; QUESTDB_URL, QUESTDB_PG_URL;
 * SMP_RETENTION_RAW_DAYS, SMP_RETENTION_ROLLUP_DAYS (0: for ever).
 *
 * @example const store = await openStore(readConfig(process.env));
 */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): StoreConfig {
  const checked = new Checked(environment);
  const kind = checked.oneOf("SMP_STORE", ["duckdb", "questdb"], "duckdb");
  const retention = readRetention(checked);
  const config: StoreConfig =
    kind === "duckdb"
      ? {
          kind,
          file: join(checked.text("SMP_DATA_DIR", { fallback: "./data" }), "store", "readings.duckdb"),
          memoryLimitMb: checked.integer("SMP_STORE_MEMORY_MB", { min: 64, max: 65_536, fallback: 512 }),
          threads: checked.integer("SMP_STORE_THREADS", { min: 1, max: 64, fallback: 2 }),
          retention,
        }
      : {
          kind,
          url: questdbUrl(checked),
          pgUrl: checked.text("QUESTDB_PG_URL", {
            fallback: "postgresql://admin:quest@127.0.0.1:8812/qdb",
            pattern: /^postgres(?:ql)?:\/\/\S+$/,
            form: "a PostgreSQL address such as postgresql://admin:quest@127.0.0.1:8812/qdb",
          }),
          retention,
        };
  checked.throwIfFaulty();
  return config;
}

function questdbUrl(checked: Checked): string {
  const name = "QUESTDB_URL";
  const url = checked.text(name, {
    fallback: "http://127.0.0.1:9000",
    pattern: /^https?:\/\/[^\s;]+$/,
    form: "an HTTP address such as http://127.0.0.1:9000",
  });
  // Found out when it is used, the runtime's error would bring the password into the log.
  if (url !== "" && !URL.canParse(url))
    checked.text(name, { pattern: /^$/, form: "an HTTP address, with # and / of a password as %23 and %2F" });
  return url;
}

function readRetention(checked: Checked): Retention {
  const days = (name: string, min = 0): number =>
    checked.integer(name, { min, max: DAYS_MAX, fallback: name === RAW_DAYS ? 90 : 0 });
  const rawDays = days(RAW_DAYS);
  const rollUpDays = days(ROLLUP_DAYS);
  if (rollUpDays === 0) return { rawDays, rollUpDays };
  // Quarter hours are kept at least as long as raw readings.
  if (rawDays === 0) checked.oneOf(ROLLUP_DAYS, ["0"], "0");
  return { rawDays, rollUpDays: days(ROLLUP_DAYS, rawDays) };
}

/** Opens the configured store and waits until it answers; throws what `duckdbStore` and `questdbStore` throw. */
export async function openStore(config: StoreConfig): Promise<Store> {
  const store =
    config.kind === "duckdb"
      ? (await stores.duckdb()).duckdbStore(config)
      : (await stores.questdb()).questdbStore(config);
  try {
    await store.health();
  } catch (error) {
    await store.close();
    throw error;
  }
  return store;
}

/**
 * As `openStore`, for commands that work on what is there: one typed in a wrong folder would make an empty store, and go on. A backup of
 * nothing looks well every night, while the good ones grow old.
 */
export async function openExistingStore(config: StoreConfig): Promise<Store> {
  if (config.kind === "duckdb" && !existsSync(config.file))
    throw new PlatformError(
      "config",
      `${config.file} is not here: start the platform once (npm start), or name its data folder with SMP_DATA_DIR`,
    );
  return await openStore(config);
}
