/**
 * Ingest and load. What brings a client of its own (`./kafka`, `./client-door`, `./conform`) has an entry of its own, so that a
 * process loads what it runs.
 */
export type { DeviceStatus, Log, LogBatch, LogHealth } from "./log.ts";
export { createIngest, type ClosableIngest, type IngestOptions } from "./ingest/ingest.ts";
export { Arrivals } from "./ingest/arrivals.ts";
export { ConnectionLimits, followConnectionLimits } from "./checks/connection-limits.ts";
export { directLog } from "./log/direct.ts";
export { readIngestConfig, readKafkaConfig, type KafkaConfig } from "./config.ts";
export { startLoad, type Load, type LoadPorts } from "./load/load.ts";
export { readClientDoorConfig, type ClientDoorConfig } from "./door/config.ts";
export { spoolLog, type SpoolLog, type SpoolOptions, type SpoolStats } from "./log/spool.ts";
export { readSpoolConfig, type SpoolConfig } from "./log/spool/config.ts";
export { processMetrics } from "./process-metrics.ts";
/** Where figures for Prometheus are gathered. */
export { Registry as Figures } from "prom-client";
