/**
 * The embedded platform: everything in one process. Each part is started before the one that hands it its data, so that the
 * data's way is read from the bottom up: meter, broker, ingest, log, store; and from the store to the API.
 */
import { join } from "node:path";
import { ensureAdminToken, startApi } from "@smp/api";
import {
  Arrivals,
  ConnectionLimits,
  createIngest,
  directLog,
  followConnectionLimits,
  newestArrival,
  type ClosableIngest,
  type Log,
} from "@smp/bridge";
import { openRegistryFile, startBroker, type Broker } from "@smp/broker";
import { ownNames, type DevelopmentPki } from "@smp/certs";
import { openExtensions, startFeed, type Feed } from "@smp/extensions";
import { controlSocketOf, openStore, serveBackups } from "@smp/store";
import type { Logger } from "pino";
import { startCertificates, startEnrolment } from "./embedded/certificates.ts";
import { clockPast } from "./embedded/clock.ts";
import { readConfig, type PlatformConfig } from "./embedded/config.ts";
import { openDataFolder } from "./embedded/data-folder.ts";
import { greeting } from "./embedded/greeting.ts";
import { withinFiles } from "./services/process/open-files.ts";
import { makeAllYoung } from "./services/process/pretenuring.ts";
import { closeAll, createLogger, exitWith, stopOnSignal, type Closable } from "./services/process/process.ts";
import { openSimulatedHouse } from "./embedded/simulated.ts";

const DEVICE = "simulated-kaifa";
const TAP = "tap";
/** Two commits begin at least this far apart, so that 10,000 devices do not cost a commit each. */
const COMMIT_INTERVAL_MS = 50;

export interface Platform extends Closable {
  httpUrl: string;
  /** The administrator's token, while the one of the first start is valid. */
  adminToken: string | undefined;
  mqttPort: number;
  /** Port of the enrolment server; `undefined` when it does not run. */
  estPort: number | undefined;
  pki: DevelopmentPki;
}

/** Starts every part; what has started is closed again when a later one cannot. */
export async function startPlatform(config: PlatformConfig, logger: Logger): Promise<Platform> {
  const { dataDir, simulate } = config;
  const parts: Closable[] = [];
  /** Parts close in the order opposite to the start's: nobody loses the one that it hands its data to. */
  const running = <T extends Closable>(part: T): T => {
    parts.unshift(part);
    return part;
  };
  const close = (): Promise<void> => closeAll(parts.splice(0), logger);
  try {
    const hostnames = [...ownNames(), ...config.names];
    const certificates = { dir: join(dataDir, "pki"), hostnames, consumers: [TAP] };
    const pki = running(
      await startCertificates({ ...certificates, devices: simulate ? [DEVICE] : [] }, logger),
    );
    const registry = running(await openRegistryFile(config.broker.registryFile, { logger }));

    const store = running(await openStore(config.store, (notice) => logger.warn(notice)));
    if (config.store.kind === "duckdb")
      running(await serveBackups(store, controlSocketOf(config.store.file)));
    const adminToken = await ensureAdminToken(store, join(dataDir, "admin.token"), Date.now());
    const house = await openSimulatedHouse(store, DEVICE, config);

    const latest = await store.latest((await store.meters()).map(({ meter }) => meter));
    const deleted = await store.deleted();
    await clockPast(newestArrival(latest, deleted), logger);
    const arrivals = new Arrivals(latest, logger, deleted);
    const stored = running(directLog(store));
    const inputOf = (device: string): string | undefined => registry.inputOf(device);
    const extensions = await openExtensions(config.extensions, { logger, inputOf });
    let mirror: Broker | undefined;
    const processors = extensions.processors({
      store,
      async append(readings) {
        arrivals.take(readings);
        await stored.append({ readings, rejected: [], statuses: [] });
        mirror?.show(readings);
      },
    });
    const feed = startFeed({ processors, store, folder: join(dataDir, "extensions"), logger });
    running({ close: async () => void (await Promise.all([extensions.close(), feed.close()])) });

    const limits = new ConnectionLimits(config.ingest.connectionLimitW);
    running(await followConnectionLimits(store, limits, logger));
    const { decodeForeign } = extensions;
    const batching = { intervalMs: COMMIT_INTERVAL_MS };
    const log = feeding(stored, feed);
    const ingest = running(createIngest({ log, logger, latest, arrivals, limits, batching, decodeForeign }));

    const broker = running(
      await startBroker(config.broker, { ingest, registry, logger, metrics: ingest.metrics }),
    );
    mirror = broker;

    const api = running(
      await startApi(config.api, {
        store,
        logger,
        checks: { broker: async () => broker.health() },
        metrics: [() => broker.metrics.metrics(), () => extensions.metrics()],
        certificateExpires: (device) => registry.certificateOf(device)?.notAfter ?? null,
        extensions,
        ingest: shown(ingest, broker),
        endSimulated: () => house.close(),
        forgetLive: forgetter(ingest, broker),
      }),
    );

    const est = config.est && (await startEnrolment(config.est, logger));
    if (est) running(est);
    await running(house).start({ mqtt: broker.port, est: est?.port, pki, logger });
    return { httpUrl: api.url, adminToken, mqttPort: broker.port, estPort: est?.port, pki, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The log, which feeds the processors with what it holds. */
const feeding = (log: Log, feed: Feed): Log => ({
  ...log,
  async append(batch) {
    await log.append(batch);
    feed.offer(batch.readings);
  },
});

/** The HTTP door's ingest: what it takes is on the live mirror, too, as if it had come over MQTT. */
const shown = (ingest: ClosableIngest, broker: Broker): Pick<ClosableIngest, "take"> => ({
  async take(message) {
    const result = await ingest.take(message);
    broker.show(result.accepted);
    return result;
  },
});

/** A deleted meter goes from memory and from the live mirror. */
const forgetter =
  (ingest: ClosableIngest, broker: Broker) =>
  async (meter: string, received: number): Promise<"done"> => {
    ingest.forget(meter, received);
    await broker.forget(meter);
    return "done";
  };

/** The process: settings, start, signals. */
export async function main(): Promise<void> {
  makeAllYoung();
  try {
    const logger = createLogger(process.env, "warn");
    const config = readConfig(process.env);
    await openDataFolder(config.dataDir, logger);
    const broker = await withinFiles("devices", config.broker, logger);
    const api = await withinFiles("clients", config.api, logger);
    const platform = await startPlatform({ ...config, broker, api }, logger);
    console.log(greeting({ ...platform, tap: platform.pki.consumers[TAP] }));
    await stopOnSignal([platform], logger);
  } catch (error) {
    exitWith(error);
  }
}
