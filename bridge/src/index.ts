/**
 * Ingest and load. What brings a client of its own (`./kafka`, `./client-door`, `./conform`) has an entry of its own, so that a
 * process loads what it runs.
 */
export type { DeviceStatus, Log, LogBatch } from "./log.ts";
export { createIngest, type ClosableIngest } from "./ingest/ingest.ts";
export { Arrivals, newestArrival } from "./ingest/arrivals.ts";
export { ConnectionLimits, followConnectionLimits } from "./checks/connection-limits.ts";
export { directLog } from "./log/direct.ts";
export { readIngestConfig, readKafkaConfig } from "./config.ts";
export { startLoad } from "./load/load.ts";
export { readClientDoorConfig } from "./door/config.ts";
export { spoolLog } from "./log/spool.ts";
export { readSpoolConfig } from "./log/spool/config.ts";
export { processMetrics } from "./process-metrics.ts";
/** Where figures for Prometheus are gathered. */
export { Registry as Figures } from "prom-client";
