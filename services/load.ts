import { Figures, readKafkaConfig, startLoad } from "@smp/bridge";
import { kafkaLog } from "@smp/bridge/kafka";
import { openStore, readConfig } from "@smp/store";
import { openHealth } from "./process/health.ts";
import { serve } from "./process/serve.ts";

/** Loader: Kafka in, store out. */
export const runLoad = (): Promise<void> =>
  serve(async (logger) => {
    const metrics = new Figures();
    const log = kafkaLog(readKafkaConfig(process.env), { logger, metrics });
    const store = await openStore(readConfig(process.env));
    const load = startLoad({ log, store, logger });
    const checks = { load: () => load.health(), log: () => log.health(), store: () => store.health() };
    const health = await openHealth(checks, () => metrics.metrics());
    return [health, load, log, store];
  });
