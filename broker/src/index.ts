export { startBroker, type Broker, type BrokerHealth, type BrokerPorts } from "./broker.ts";
export { readConfig, type BrokerConfig } from "./config.ts";
export { openRegistryFile, FileRegistry, type FileRegistryOptions } from "./registry/file.ts";
export type { DeviceCertificate, RegisteredCertificate, Registry } from "./registry/registry.ts";
export type { SessionBegin } from "./sessions/sessions.ts";
