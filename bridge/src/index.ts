export type { DeviceStatus, Log, LogBatch, LogHealth } from "./log.ts";
export { createIngest, type ClosableIngest, type DecodeRaw, type IngestOptions } from "./ingest.ts";
export { directLog } from "./log/direct.ts";
export { kafkaLog } from "./log/kafka.ts";
export { readKafkaConfig, type KafkaConfig } from "./config.ts";
export { startLoad, type Load, type LoadPorts } from "./load.ts";
