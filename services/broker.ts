import { openRegistryFile, readConfig, startBroker } from "@smp/broker";
import { openExtensions, readExtensionsConfig } from "@smp/extensions";
import { followLog } from "./follow-log.ts";
import { withinFiles } from "./open-files.ts";
import { openIngest, openLog } from "./door.ts";
import { joined, openHealth } from "./health.ts";
import { serve } from "./serve.ts";

/** Broker and ingest: devices in, Kafka out. */
export const runBroker = (): Promise<void> =>
  serve(async (logger) => {
    const config = await withinFiles("devices", readConfig(process.env), logger);
    const log = await openLog(logger);
    const registry = await openRegistryFile(config.registryFile, { logger });
    const inputOf = (device: string): string | undefined => registry.inputOf(device);
    const extensions = await openExtensions(readExtensionsConfig(process.env, process.cwd()), {
      logger,
      inputOf,
    });
    const ingest = openIngest(log, logger, extensions.decodeForeign);
    const broker = await startBroker(config, { ingest, registry, logger, metrics: ingest.metrics });
    const health = await openHealth(
      { broker: async () => broker.health(), log: () => log.health() },
      joined(
        () => broker.metrics.metrics(),
        () => extensions.metrics(),
      ),
    );
    return [health, ...followLog(broker, ingest, logger), broker, registry, extensions, ingest, log];
  });
