import {
  Arrivals,
  ConnectionLimits,
  createIngest,
  readIngestConfig,
  readKafkaConfig,
  readSpoolConfig,
  spoolLog,
  type ClosableIngest,
  type Log,
} from "@smp/bridge";
import { kafkaLog } from "@smp/bridge/kafka";
import type { DecodeForeign } from "@smp/schemas";
import type { Logger } from "pino";

/** The store is another process's: what is known of meters' connections is one limit for all. */
export const openIngest = (
  log: Log,
  logger: Logger,
  decodeForeign: DecodeForeign,
  arrivals: Arrivals = new Arrivals([], logger),
): ClosableIngest =>
  createIngest({
    log,
    logger,
    decodeForeign,
    arrivals,
    limits: new ConnectionLimits(readIngestConfig(process.env).connectionLimitW),
  });

/** Kafka; with `SMP_SPOOL=true` a spool on this machine's disk before it. */
export async function openLog(logger: Logger): Promise<Log> {
  const log = kafkaLog(readKafkaConfig(process.env), { logger });
  const spool = readSpoolConfig(process.env);
  if (!spool) return log;
  const spooled = spoolLog(log, { ...spool, logger });
  await spooled.open();
  return spooled;
}
