import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { readConfig as readApiConfig, type ApiConfig } from "@smp/api";
import { readIngestConfig } from "@smp/bridge";
import { readConfig as readBrokerConfig } from "@smp/broker";
import { readEstConfig, type EstConfig } from "@smp/certs";
import { readExtensionsConfig, type ExtensionsConfig } from "@smp/extensions";
import { Checked } from "@smp/schemas";
import { readConfig as readStoreConfig, type StoreConfig } from "@smp/store";
import { readAll } from "../services/process/process.ts";

export interface PlatformConfig {
  dataDir: string;
  /** Names that devices call the broker by, beside this computer's own. */
  names: string[];
  /** Run the simulated meter; `true`: also where it was deleted. */
  simulate: boolean | "until-deleted";
  ingest: ReturnType<typeof readIngestConfig>;
  broker: ReturnType<typeof readBrokerConfig>;
  /** Enrolment and renewal of devices; absent: switched off. */
  est?: EstConfig;
  store: StoreConfig;
  api: ApiConfig;
  extensions: ExtensionsConfig;
}

const namesOf = (checked: Checked): string[] =>
  checked
    .text("SMP_MQTT_NAMES", {
      fallback: "",
      pattern: /^[\w.:*, -]*$/,
      form: "names or addresses, with commas between",
    })
    .split(/[ ,]+/)
    .filter(Boolean);

/** Reads the settings of the embedded platform, README lists them; the faults of all parts are reported together. */
export function readConfig(environment: NodeJS.ProcessEnv): PlatformConfig {
  const checked = new Checked(environment);
  const dataDir = resolve(checked.text("SMP_DATA_DIR", { fallback: "data" }));
  const names = namesOf(checked);
  const asked = environment["SMP_SIMULATE"] !== undefined && environment["SMP_SIMULATE"] !== "";
  const simulate = checked.boolean("SMP_SIMULATE", true) && (asked || "until-deleted");
  const withEst = checked.boolean("SMP_EST", true);
  const appDir = fileURLToPath(new URL("../app/dist", import.meta.url));
  const [, ingest, broker, est, store, api, extensions] = readAll(
    () => checked.throwIfFaulty(),
    () => readIngestConfig(environment),
    () => readBrokerConfig({ ...environment, SMP_DATA_DIR: dataDir }),
    () =>
      readEstConfig({ SMP_EST_HOST: environment["SMP_MQTT_HOST"], ...environment, SMP_DATA_DIR: dataDir }),
    () => readStoreConfig({ ...environment, SMP_DATA_DIR: dataDir, SMP_STORE: "duckdb" }),
    () => readApiConfig(environment),
    () => readExtensionsConfig(environment, process.cwd()),
  );
  const parts = { ingest, broker, ...(withEst && { est }), store, api: { appDir, ...api }, extensions };
  return { dataDir, names, simulate, ...parts };
}
