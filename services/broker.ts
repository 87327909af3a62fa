import { openRegistryFile, readConfig, startBroker } from "@smp/broker";
import { openExtensions, readExtensionsConfig } from "@smp/extensions";
import type { Logger } from "pino";
import { followLog } from "./follow-log.ts";
import { withinFiles } from "./process/open-files.ts";
import { openIngest, openLog } from "./door.ts";
import { joined, openHealth } from "./process/health.ts";
import { makeAllYoung } from "./process/pretenuring.ts";
import type { Closable } from "./process/process.ts";
import { siblingBrokers } from "./cluster/sibling-brokers.ts";
import type { Place } from "./cluster/worker.ts";
import { readProcesses } from "./cluster/config.ts";
import { serve } from "./process/serve.ts";

/** Broker and ingest: devices in, Kafka out; in as many processes as `SMP_MQTT_PROCESSES` says. */
export async function runBroker(): Promise<void> {
  makeAllYoung();
  const count = readProcesses(process.env);
  if (count === 1) return await serve((logger) => open(logger, { tellHealth: openHealth }));
  const { runProcesses } = await import("./cluster/processes.ts");
  return await runProcesses(count, ["broker", "log"], open);
}

async function open(logger: Logger, { tellHealth, siblings }: Place): Promise<Closable[]> {
  const config = await withinFiles("devices", readConfig(process.env), logger);
  const log = await openLog(logger);
  const registry = await openRegistryFile(config.registryFile, { logger });
  const inputOf = (device: string): string | undefined => registry.inputOf(device);
  const extensions = await openExtensions(readExtensionsConfig(process.env, process.cwd()), {
    logger,
    inputOf,
  });
  const ingest = openIngest(log, logger, extensions.decodeForeign);
  const others = siblings && siblingBrokers(siblings);
  await siblings?.assembled();
  const broker = await startBroker(config, {
    ingest,
    registry,
    logger,
    metrics: ingest.metrics,
    tell: others?.tell,
    listened: others?.listened,
  });
  others?.join({ broker, ingest });
  const health = await tellHealth(
    { broker: async () => broker.health(), log: () => log.health() },
    joined(
      () => broker.metrics.metrics(),
      () => extensions.metrics(),
    ),
  );
  return [health, ...followLog(broker, ingest, logger), broker, registry, extensions, ingest, log];
}
