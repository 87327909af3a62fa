/**
 * The embedded platform: everything in one process, in the order of the data's way.
 */
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import {
  ensureAdminToken,
  readConfig as readApiConfig,
  registerSimulated,
  startApi,
  type ApiConfig,
} from "@smp/api";
import {
  ConnectionLimits,
  createIngest,
  directLog,
  followConnectionLimits,
  readIngestConfig,
  type ClosableIngest,
  type Log,
} from "@smp/bridge";
import { openRegistryFile, readConfig as readBrokerConfig, startBroker, type Broker } from "@smp/broker";
import {
  ensureDevelopmentPki,
  ownNames,
  readEstConfig,
  type DevelopmentPki,
  type EstConfig,
} from "@smp/certs";
import {
  openExtensions,
  readExtensionsConfig,
  startFeed,
  type Extensions,
  type ExtensionsConfig,
} from "@smp/extensions";
import { Checked, type DecodeForeign, type NormalisedReading } from "@smp/schemas";
import {
  controlSocketOf,
  openStore,
  readConfig as readStoreConfig,
  serveBackups,
  type Store,
  type StoreConfig,
} from "@smp/store";
import type { Logger } from "pino";
import { keepCertificates, startEnrolment } from "./certificates.ts";
import { clockPast } from "./clock.ts";
import { openDataFolder } from "./data-folder.ts";
import { withinFiles } from "./open-files.ts";
import { closeAll, createLogger, exitWith, readAll, stopOnSignal, type Closable } from "./process.ts";
import { startSimulatedEdge } from "./simulated.ts";

const DEVICE = "simulated-kaifa";
const TAP = "tap";
/** Two commits begin at least this far apart, so that 10,000 devices do not cost a commit each. */
const COMMIT_INTERVAL_MS = 50;

export interface PlatformConfig {
  dataDir: string;
  /** Names that devices call the broker by, beside this computer's own. */
  names: string[];
  /** Run the simulated meter. */
  simulate: boolean;
  ingest: ReturnType<typeof readIngestConfig>;
  broker: ReturnType<typeof readBrokerConfig>;
  /** Enrolment and renewal of devices; absent: switched off. */
  est?: EstConfig;
  store: StoreConfig;
  api: ApiConfig;
  extensions: ExtensionsConfig;
}

export interface Platform extends Closable {
  httpUrl: string;
  /** The administrator's token, while the one of the first start is valid. */
  adminToken: string | undefined;
  mqttPort: number;
  /** Port of the enrolment server; `undefined` when it does not run. */
  estPort: number | undefined;
  pki: DevelopmentPki;
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
  const simulate = checked.boolean("SMP_SIMULATE", true);
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

/** Starts every part; what has started is closed again when a later one cannot. */
export async function startPlatform(config: PlatformConfig, logger: Logger): Promise<Platform> {
  const { dataDir } = config;
  const parts: Closable[] = [];
  /** Parts close in the order opposite to the data's: nobody loses the one that it hands its data to. */
  const running = <T extends Closable>(part: T): T => {
    parts.unshift(part);
    return part;
  };
  try {
    const certificates = {
      dir: join(dataDir, "pki"),
      hostnames: [...ownNames(), ...config.names],
      consumers: [TAP],
    };
    const pki = await ensureDevelopmentPki({ ...certificates, devices: config.simulate ? [DEVICE] : [] });
    for (const notice of pki.notices) logger.info(notice);
    // Devices renew their own by EST.
    running(keepCertificates({ ...certificates, devices: [] }, logger));

    const store = running(await openStore(config.store, (notice) => logger.warn(notice)));
    if (config.store.kind === "duckdb")
      running(await serveBackups(store, controlSocketOf(config.store.file)));
    const adminToken = await ensureAdminToken(store, join(dataDir, "admin.token"), Date.now());
    if (config.simulate) await registerSimulated(store, DEVICE, Date.now());
    const registry = await openRegistryFile(config.broker.registryFile, { logger });
    running({ close: async () => registry.close() });
    const inputOf = (device: string): string | undefined => registry.inputOf(device);
    const direct = running(directLog(store));
    let broker: Broker | undefined;
    const { extensions, log } = await startExtensions(config, {
      store,
      log: direct,
      logger,
      running,
      inputOf,
      show: (readings) => broker?.show(readings),
    });
    const { decodeForeign } = extensions;
    const ingest = await startIngest(config, { store, log, logger, running, decodeForeign });
    const mqtt = running(
      await startBroker(config.broker, { ingest, registry, logger, metrics: ingest.metrics }),
    );
    broker = mqtt;
    const checks = { broker: async () => mqtt.health() };
    const metrics = [() => mqtt.metrics.metrics(), () => extensions.metrics()];
    const certificateExpires = (device: string): number | null =>
      registry.certificateOf(device)?.notAfter ?? null;
    const api = running(
      await startApi(config.api, {
        store,
        logger,
        checks,
        metrics,
        certificateExpires,
        extensions,
        ingest: shown(ingest, mqtt),
        forgetLive: forgetter(ingest, mqtt),
      }),
    );
    const est = config.est && (await startEnrolment(config.est, logger));
    if (est) running(est);
    const enrolled = { mqtt: mqtt.port, est: est?.port };
    if (config.simulate) running(await startSimulatedEdge(DEVICE, config, { ...enrolled, pki, logger }));

    const close = (): Promise<void> => closeAll(parts.splice(0), logger);
    return { httpUrl: api.url, adminToken, mqttPort: mqtt.port, estPort: est?.port, pki, close };
  } catch (error) {
    await closeAll(parts, logger);
    throw error;
  }
}

/** The ingest, with what the store knows of meters and their connections. */
async function startIngest(
  config: PlatformConfig,
  ports: {
    store: Store;
    log: Log;
    logger: Logger;
    running: <T extends Closable>(part: T) => T;
    decodeForeign: DecodeForeign;
  },
): Promise<ClosableIngest> {
  const { store, log, logger, running, decodeForeign } = ports;
  const limits = new ConnectionLimits(config.ingest.connectionLimitW);
  running(await followConnectionLimits(store, limits, logger));
  const latest = await store.latest((await store.meters()).map(({ meter }) => meter));
  await clockPast(
    latest.map(({ received }) => received),
    logger,
  );
  const batching = { intervalMs: COMMIT_INTERVAL_MS };
  return running(createIngest({ log, logger, latest, limits, batching, decodeForeign }));
}

/** A deleted meter goes from memory and from the live mirror. */
const forgetter =
  (ingest: ClosableIngest, broker: Broker) =>
  async (meter: string): Promise<"done"> => {
    ingest.forget(meter);
    await broker.forget(meter);
    return "done";
  };

/** The HTTP door's ingest: what it takes is on the live mirror, too, as if it had come over MQTT. */
const shown = (ingest: ClosableIngest, broker: Broker): Pick<ClosableIngest, "take"> => ({
  async take(message) {
    const result = await ingest.take(message);
    broker.show(result.accepted);
    return result;
  },
});

/** The extensions, and the log that feeds the processors with what it holds. */
async function startExtensions(
  { dataDir, extensions: config }: PlatformConfig,
  ports: {
    store: Store;
    log: Log;
    logger: Logger;
    running: <T extends Closable>(part: T) => T;
    inputOf: (device: string) => string | undefined;
    show: (readings: readonly NormalisedReading[]) => void;
  },
): Promise<{ extensions: Extensions; log: Log }> {
  const { store, log, logger, running, inputOf, show } = ports;
  const extensions = await openExtensions(config, { logger, inputOf });
  const processors = extensions.processors({
    store,
    async append(readings) {
      await log.append({ readings, rejected: [], statuses: [] });
      show(readings);
    },
  });
  const feed = startFeed({ processors, store, folder: join(dataDir, "extensions"), logger });
  running({ close: async () => void (await Promise.all([extensions.close(), feed.close()])) });
  return {
    extensions,
    log: {
      ...log,
      async append(batch) {
        await log.append(batch);
        feed.offer(batch.readings);
      },
    },
  };
}

function greet({ httpUrl, adminToken, mqttPort, pki }: Platform): void {
  const tap = pki.consumers[TAP];
  console.log(`
The platform runs. Open it:

  ${httpUrl}/${adminToken === undefined ? "" : `#token=${adminToken}`}

Query it, or tap its messages:

  curl ${httpUrl}/v1/meters
  mosquitto_sub -h localhost -p ${mqttPort} --cafile ${tap?.ca} --cert ${tap?.cert} --key ${tap?.key} -t 'live/v1/#' -v

Ctrl-C stops it; its data stay.
`);
}

/** The process: settings, start, signals. */
export async function main(): Promise<void> {
  try {
    const logger = createLogger(process.env, "warn");
    const config = readConfig(process.env);
    await openDataFolder(config.dataDir, logger);
    const broker = await withinFiles("devices", config.broker, logger);
    const api = await withinFiles("clients", config.api, logger);
    const platform = await startPlatform({ ...config, broker, api }, logger);
    greet(platform);
    await stopOnSignal([platform], logger);
  } catch (error) {
    exitWith(error);
  }
}
