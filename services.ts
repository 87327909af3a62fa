/**
 * The production set-up, one process each: `smp broker` or `smp bridge`, `smp load`, `smp api`, `smp est`. Settings come from the environment.
 */
import { fileURLToPath } from "node:url";
import { readConfig as readApiConfig, startApi, type ApiPorts } from "@smp/api";
import {
  ConnectionLimits,
  createIngest,
  kafkaLog,
  readClientDoorConfig,
  readIngestConfig,
  readKafkaConfig,
  readSpoolConfig,
  spoolLog,
  startClientDoor,
  startLoad,
  type ClosableIngest,
  type Log,
} from "@smp/bridge";
import { openRegistryFile, readConfig as readBrokerConfig, startBroker } from "@smp/broker";
import { passphraseFrom, readEstConfig, startEst } from "@smp/certs";
import {
  openExtensions,
  readExtensionsConfig,
  reportProcessors,
  type Extensions,
  type ExtensionsConfig,
} from "@smp/extensions";
import { Checked, PlatformError, type DecodeForeign } from "@smp/schemas";
import { openStore, readConfig as readStoreConfig } from "@smp/store";
import type { Logger } from "pino";
import { followLog } from "./follow-log.ts";
import { createLogger, exitWith, startHealth, stopOnSignal, type Check, type Closable } from "./process.ts";

/** Broker and ingest: devices in, Kafka out. */
export const runBroker = (): Promise<void> =>
  serve(async (logger) => {
    const config = readBrokerConfig(process.env);
    const log = await openLog(logger);
    const registry = await openRegistryFile(config.registryFile, { logger });
    const inputOf = (device: string): string | undefined => registry.inputOf(device);
    const extensions = await openExtensions(extensionsConfig(), { logger, inputOf });
    const ingest = openIngest(log, logger, extensions.decodeForeign);
    const broker = await startBroker(config, { ingest, registry, logger, metrics: ingest.metrics });
    const health = await openHealth(
      { broker: async () => broker.health(), log: () => log.health() },
      joined(
        () => broker.metrics.metrics(),
        () => extensions.metrics(),
      ),
    );
    return [
      health,
      ...followLog(broker, logger),
      broker,
      { close: async () => registry.close() },
      extensions,
      ingest,
      log,
    ];
  });

/** Enrolment and renewal of devices; it alone has the key of the device authority. */
export const runEst = (): Promise<void> =>
  serve(async (logger) => {
    const config = readEstConfig(process.env);
    const passphrase = passphraseFrom(process.env["SMP_CA_PASSPHRASE_FILE"]);
    const est = await startEst(config, { log: logger, passphrase });
    logger.info(`enrolment: https://${config.host}:${est.port}/.well-known/est`);
    return [est];
  });

/** Ingest from somebody else's MQTT broker; options of the command line stand above the environment. */
export const runBridge = (options: { mqtt?: string; share?: string } = {}): Promise<void> =>
  serve(async (logger) => {
    const config = readClientDoorConfig({
      ...process.env,
      ...(options.mqtt === undefined ? undefined : { MQTT_URL: options.mqtt }),
      ...(options.share === undefined ? undefined : { SMP_BRIDGE_SHARE: options.share }),
    });
    const log = await openLog(logger);
    const extensions = await openExtensions(extensionsConfig(), { logger });
    const ingest = openIngest(log, logger, extensions.decodeForeign);
    const door = await startClientDoor(config, { ingest, logger, metrics: ingest.metrics });
    const health = await openHealth(
      { mqtt: () => door.health(), log: () => log.health() },
      joined(
        () => door.metrics.metrics(),
        () => extensions.metrics(),
      ),
    );
    return [health, ...followLog(door, logger), door, extensions, ingest, log];
  });

/** Loader: Kafka in, store out. */
export const runLoad = (): Promise<void> =>
  serve(async (logger) => {
    const log = kafkaLog(readKafkaConfig(process.env), { logger });
    const store = await openStore(readStoreConfig(process.env));
    const load = startLoad({ log, store, logger });
    const health = await openHealth({
      load: async () => load.health(),
      log: () => log.health(),
      store: () => store.health(),
    });
    return [health, load, log, store];
  });

/** Processors: Kafka in, each with a consumer group of its own; what they derive goes back into Kafka. */
export const runProcessors = (): Promise<void> =>
  serve(async (logger) => {
    const kafka = readKafkaConfig(process.env);
    const log = kafkaLog(kafka, { logger });
    const store = await openStore(readStoreConfig(process.env));
    const extensions = await openExtensions(extensionsConfig(), { logger });
    const processors = extensions.processors({
      store,
      storeFollows: true,
      append: (readings) => log.append({ readings, rejected: [], statuses: [] }),
    });
    if (processors.length === 0)
      throw new PlatformError("config", "SMP_EXTENSIONS names no processor: name one, or do not start this");
    const checks: Record<string, () => Promise<Check>> = { store: () => store.health() };
    const followed = processors.map(({ name, process: run }) => {
      const own = kafkaLog({ ...kafka, groupId: `smp-x-${name}` }, { logger });
      checks[name] = () => own.health();
      own
        .consume(({ readings }) => run(readings))
        .catch((error: unknown) => logger.fatal({ err: error }, `the log cannot be read for ${name}`));
      return own;
    });
    const health = await openHealth(checks, () => extensions.metrics());
    const report = reportProcessors({ extensions, store, logger });
    // Extensions before the log: a batch that cannot end then goes back to it.
    return [health, report, extensions, ...followed, log, store];
  });

/** API and app over the store; with Kafka it takes readings over HTTP, too. */
export const runApi = (): Promise<void> =>
  serve(async (logger) => {
    const store = await openStore(readStoreConfig(process.env));
    const appDir = fileURLToPath(new URL("../app/dist", import.meta.url));
    const extensions = await openExtensions(extensionsConfig(), { logger });
    const door = process.env["KAFKA_BROKERS"] ? await openHttpDoor(logger, extensions) : undefined;
    const metrics = [() => extensions.metrics(), ...(door ? [() => door.ingest.metrics.metrics()] : [])];
    const ports = {
      store,
      sharedStore: true,
      logger,
      extensions,
      metrics,
      ...(door && portsOf(door)),
    };
    const api = await startApi({ appDir, ...readApiConfig(process.env) }, ports);
    console.log(`API and app: ${api.url}`);
    return [api, extensions, ...(door ? [door.ingest, door.log] : []), store];
  });

interface HttpDoor {
  ingest: ClosableIngest;
  log: Log;
}

/** What the API can do with the log: take readings, and tell the brokers that a meter was deleted. */
const portsOf = ({ ingest, log }: HttpDoor): Pick<ApiPorts, "ingest" | "forgetLive"> => ({
  ingest,
  async forgetLive(meter, received) {
    const device = meter.split(".", 1)[0] ?? meter;
    await log.append({
      readings: [],
      rejected: [],
      statuses: [{ device, kind: "deleted", value: meter, received }],
    });
    return "told";
  },
});

async function openHttpDoor(logger: Logger, { decodeForeign }: Extensions): Promise<HttpDoor> {
  const log = await openLog(logger);
  return { log, ingest: openIngest(log, logger, decodeForeign) };
}

const extensionsConfig = (): ExtensionsConfig => readExtensionsConfig(process.env, process.cwd());

const joined =
  (...texts: (() => Promise<string>)[]) =>
  async (): Promise<string> =>
    (await Promise.all(texts.map((text) => text()))).join("\n");

/** The store is another process's: what is known of meters' connections is one limit for all. */
const openIngest = (log: Log, logger: Logger, decodeForeign: DecodeForeign): ClosableIngest =>
  createIngest({
    log,
    logger,
    decodeForeign,
    limits: new ConnectionLimits(readIngestConfig(process.env).connectionLimitW),
  });

/** Kafka; with `SMP_SPOOL=true` a spool on this machine's disk before it. */
async function openLog(logger: Logger): Promise<Log> {
  const log = kafkaLog(readKafkaConfig(process.env), { logger });
  const spool = readSpoolConfig(process.env);
  if (!spool) return log;
  const spooled = spoolLog(log, { ...spool, logger });
  await spooled.open();
  return spooled;
}

/** A process: settings and start, then signals; parts close in the order in which they are given. */
async function serve(start: (logger: Logger) => Promise<Closable[]>): Promise<void> {
  try {
    const logger = createLogger(process.env, "info");
    await stopOnSignal(await start(logger), logger);
  } catch (error) {
    exitWith(error);
  }
}

async function openHealth(
  checks: Record<string, () => Promise<Check>>,
  metrics: () => Promise<string> = () => Promise.resolve(""),
): Promise<Closable> {
  const checked = new Checked(process.env);
  const host = checked.text("SMP_HEALTH_HOST", { fallback: "127.0.0.1" });
  const port = checked.integer("SMP_HEALTH_PORT", { min: 0, max: 65_535, fallback: 9100 });
  checked.throwIfFaulty();
  return await startHealth({ host, port }, { checks, metrics });
}
