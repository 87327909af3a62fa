import { fileURLToPath } from "node:url";
import { readConfig, startApi, type ApiPorts } from "@smp/api";
import type { ClosableIngest, Log } from "@smp/bridge";
import { openExtensions, readExtensionsConfig, type Extensions } from "@smp/extensions";
import { deviceOf } from "@smp/schemas";
import { openStore, readConfig as readStoreConfig, type DeletedMeter } from "@smp/store";
import type { Logger } from "pino";
import { withinFiles } from "./process/open-files.ts";
import { serve } from "./process/serve.ts";

/** API and app over the store; with Kafka it takes readings over HTTP, too. */
export const runApi = (): Promise<void> =>
  serve(async (logger) => {
    const store = await openStore(readStoreConfig(process.env));
    const appDir = fileURLToPath(new URL("../app/dist", import.meta.url));
    const extensions = await openExtensions(readExtensionsConfig(process.env, process.cwd()), { logger });
    const door = process.env["KAFKA_BROKERS"]
      ? await openHttpDoor(logger, extensions, await store.deleted())
      : undefined;
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
}

/** What the API can do with the log: take readings, and tell the brokers that a meter was deleted. */
const portsOf = ({ ingest, log }: HttpDoor): Pick<ApiPorts, "ingest" | "forgetLive"> => ({
  ingest,
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

async function openHttpDoor(
  logger: Logger,
  { decodeForeign }: Extensions,
  deleted: readonly DeletedMeter[],
): Promise<HttpDoor> {
  const { openIngest, openLog } = await import("./door.ts");
  const log = await openLog(logger);
  return { log, ingest: openIngest(log, logger, decodeForeign, deleted) };
}
