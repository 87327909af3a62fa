export type { DeviceStatus, Log, LogBatch, LogHealth } from "./log.ts";
export { createIngest, type ClosableIngest, type DecodeRaw, type IngestOptions } from "./ingest.ts";
export { directLog } from "./log/direct.ts";
