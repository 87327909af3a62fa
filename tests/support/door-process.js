/** The client door before a store file, as a process that a test can kill. Settings: as `smp bridge`, and of the store. */
import { createIngest, directLog, readClientDoorConfig } from "@smp/bridge";
import { startClientDoor } from "@smp/bridge/client-door";
import { openStore, readConfig } from "@smp/store";
import { pino } from "pino";

const logger = pino({ level: "warn" }, pino.destination({ dest: 2, sync: true }));
const store = await openStore(readConfig(process.env));
const log = directLog(store);
const ingest = createIngest({ log, logger, batching: { intervalMs: 20 } });
const door = await startClientDoor(readClientDoorConfig(process.env), { ingest, logger });
process.once("SIGTERM", () => void close());
setInterval(() => void report(), 100);

async function close() {
  for (const part of [door, ingest, log, store]) await part.close();
  process.exit(0);
}

async function report() {
  process.stdout.write(`${(await door.health()).ok ? "ready" : "shut"}\n`);
}
