import { Arrivals, Figures, readKafkaConfig } from "@smp/bridge";
import { kafkaLog } from "@smp/bridge/kafka";
import { openExtensions, readExtensionsConfig, reportProcessors } from "@smp/extensions";
import { PlatformError, type Check } from "@smp/schemas";
import { openStore, readConfig } from "@smp/store";
import { deletionsOf, knownDeletions } from "./deletions.ts";
import { joined, openHealth } from "./process/health.ts";
import { serve } from "./process/serve.ts";

/** Processors: Kafka in, each with a consumer group of its own; what they derive goes back into Kafka. */
export const runProcessors = (): Promise<void> =>
  serve(async (logger) => {
    const kafka = readKafkaConfig(process.env);
    const log = kafkaLog(kafka, { logger });
    const store = await openStore(readConfig(process.env));
    const extensions = await openExtensions(readExtensionsConfig(process.env, process.cwd()), { logger });
    const arrivals = new Arrivals([], logger);
    const known = knownDeletions(store, arrivals);
    const processors = extensions.processors({
      store,
      storeFollows: true,
      async append(readings) {
        await known();
        arrivals.take(readings);
        await log.append({ readings, rejected: [], statuses: [] });
      },
    });
    if (processors.length === 0)
      throw new PlatformError("config", "SMP_EXTENSIONS names no processor: name one, or do not start this");
    // The log first takes what processors derive: one that takes nothing holds them all up.
    const checks: Record<string, Check> = {
      log: () => log.health(),
      store: () => store.health(),
    };
    const metrics = new Figures();
    const followed = processors.map(({ name, process: run }) => {
      const own = kafkaLog({ ...kafka, groupId: `smp-x-${name}` }, { logger, metrics });
      checks[name] = () => own.health();
      own
        .consume(({ readings, statuses }) => {
          for (const { meter, received } of deletionsOf(statuses)) arrivals.deleted(meter, received + 1);
          return run(readings);
        })
        .catch((error: unknown) => logger.fatal({ err: error }, `the log cannot be read for ${name}`));
      return own;
    });
    const health = await openHealth(
      checks,
      joined(
        () => metrics.metrics(),
        () => extensions.metrics(),
      ),
    );
    const report = reportProcessors({ extensions, store, logger });
    // Extensions before the log: a batch that cannot end then goes back to it.
    return [health, report, extensions, ...followed, log, store];
  });
