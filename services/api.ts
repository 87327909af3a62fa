import { fileURLToPath } from "node:url";
import { readConfig, startApi, type ApiPorts } from "@smp/api";
import type { ClosableIngest, Log } from "@smp/bridge";
import { openExtensions, readExtensionsConfig, type Extensions } from "@smp/extensions";
import { deviceOf } from "@smp/schemas";
import { openStore, readConfig as readStoreConfig, type Store } from "@smp/store";
import type { Logger } from "pino";
import { withinFiles } from "./process/open-files.ts";
import { serve } from "./process/serve.ts";

/** API and app over the store; with Kafka it takes readings over HTTP, too. */
export const runApi = (): Promise<void> =>
  serve(async (logger) => {
    const store = await openStore(readStoreConfig(process.env));
    const appDir = fileURLToPath(new URL("../app/dist", import.meta.url));
    const extensions = await openExtensions(readExtensionsConfig(process.env, process.cwd()), { logger });
    const door = process.env["KAFKA_BROKERS"] ? await openHttpDoor(logger, extensions, store) : undefined;
    const metrics = [() => extensions.metrics(), ...(door ? [() => door.ingest.metrics.metrics()] : [])];
    const ports = {
      store,
      sharedStore: true,
      logger,
      extensions,
      metrics,
      ...(door && portsOf(door)),
    };
    const config = await withinFiles("clients", { appDir, ...readConfig(process.env) }, logger);
    const api = await startApi(config, ports);
    console.log(`API and app: ${api.url}`);
    return [api, extensions, ...(door ? [door.ingest, door.log] : []), store];
  });

interface HttpDoor {
  ingest: ClosableIngest;
  log: Log;
  /** Resolves when the meters are known that were deleted before. */
  known: () => Promise<void>;
}

/** What the API can do with the log: take readings, and tell the brokers that a meter was deleted. */
const portsOf = ({ ingest, log, known }: HttpDoor): Pick<ApiPorts, "ingest" | "forgetLive"> => ({
  ingest: {
    async take(message) {
      await known();
      return ingest.take(message);
    },
  },
  async forgetLive(meter, received) {
    ingest.forget(meter, received);
    const device = deviceOf(meter);
    await log.append({
      readings: [],
      rejected: [],
      statuses: [{ device, kind: "deleted", value: meter, received }],
    });
    return "told";
  },
});

async function openHttpDoor(logger: Logger, { decodeForeign }: Extensions, store: Store): Promise<HttpDoor> {
  const [{ openIngest, openLog }, { knownDeletions }, { Arrivals }] = await Promise.all([
    import("./door.ts"),
    import("./deletions.ts"),
    import("@smp/bridge"),
  ]);
  const log = await openLog(logger);
  const arrivals = new Arrivals([], logger);
  const ingest = openIngest(log, logger, decodeForeign, arrivals);
  return { log, ingest, known: knownDeletions(store, arrivals) };
}
