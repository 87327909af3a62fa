import { readKafkaConfig, startLoad } from "@smp/bridge";
import { kafkaLog } from "@smp/bridge/kafka";
import { openStore, readConfig } from "@smp/store";
import { openHealth, serve } from "./serve.ts";

/** Loader: Kafka in, store out. */
export const runLoad = (): Promise<void> =>
  serve(async (logger) => {
    const log = kafkaLog(readKafkaConfig(process.env), { logger });
    const store = await openStore(readConfig(process.env));
    const load = startLoad({ log, store, logger });
    const health = await openHealth({
      load: async () => load.health(),
      log: () => log.health(),
      store: () => store.health(),
    });
    return [health, load, log, store];
  });
