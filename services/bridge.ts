import { readClientDoorConfig } from "@smp/bridge";
import { startClientDoor } from "@smp/bridge/client-door";
import { openExtensions, readExtensionsConfig } from "@smp/extensions";
import { followLog } from "./follow-log.ts";
import { openIngest, openLog } from "./door.ts";
import { joined, openHealth } from "./process/health.ts";
import { serve } from "./process/serve.ts";

/** Ingest from somebody else's MQTT broker; options of the command line stand above the environment. */
export const runBridge = (options: { mqtt?: string; share?: string } = {}): Promise<void> =>
  serve(async (logger) => {
    const config = readClientDoorConfig({
      ...process.env,
      ...(options.mqtt === undefined ? undefined : { MQTT_URL: options.mqtt }),
      ...(options.share === undefined ? undefined : { SMP_BRIDGE_SHARE: options.share }),
    });
    const log = await openLog(logger);
    const extensions = await openExtensions(readExtensionsConfig(process.env, process.cwd()), { logger });
    const ingest = openIngest(log, logger, extensions.decodeForeign);
    const door = await startClientDoor(config, { ingest, logger, metrics: ingest.metrics });
    const health = await openHealth(
      { mqtt: () => door.health(), log: () => log.health() },
      joined(
        () => door.metrics.metrics(),
        () => extensions.metrics(),
      ),
    );
    return [health, ...followLog(door, ingest, logger), door, extensions, ingest, log];
  });
