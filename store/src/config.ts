import { existsSync } from "node:fs";
import { chmod } from "node:fs/promises";
import { dirname, join } from "node:path";
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
          url: checked.text("QUESTDB_URL", {
            fallback: "http://127.0.0.1:9000",
            // Found out when it is used, the runtime's error would bring the password into the log.
            pattern: { test: (text) => /^https?:\/\/[^\s;]+$/.test(text) && URL.canParse(text) },
            form: "an HTTP address such as http://127.0.0.1:9000, with # and / of a password as %23 and %2F",
          }),
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

function readRetention(checked: Checked): Retention {
  const days = (name: string, fallback: number): number =>
    checked.integer(name, { min: 0, max: DAYS_MAX, fallback });
  const rawDays = days("SMP_RETENTION_RAW_DAYS", 90);
  const rollUpDays = days("SMP_RETENTION_ROLLUP_DAYS", 0);
  if (rollUpDays > 0 && (rawDays === 0 || rollUpDays < rawDays))
    checked.fault(
      "SMP_RETENTION_ROLLUP_DAYS",
      `is ${rollUpDays}, but quarter hours are kept at least as long as raw readings: ${rawDays === 0 ? "0, for ever" : `0, or ${rawDays} and more`}`,
    );
  return { rawDays, rollUpDays };
}

/**
 * Opens the configured store and waits until it answers; throws what `duckdbStore` and `questdbStore` throw. `notice` hears that a
 * file of an older release is changed for good.
 */
export async function openStore(config: StoreConfig, notice?: (sentence: string) => void): Promise<Store> {
  const store =
    config.kind === "duckdb"
      ? (await stores.duckdb()).duckdbStore({ ...config, ...(notice && { notice }) })
      : (await stores.questdb()).questdbStore(config);
  try {
    await store.health();
  } catch (error) {
    await store.close();
    throw error;
  }
  // The log of what is not yet in the file has readings, too, and no mode of its own; older releases left the folder open to all.
  if (config.kind === "duckdb") await chmod(dirname(config.file), 0o700).catch(() => undefined);
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
