export { startBroker, type Broker } from "./broker.ts";
export { readConfig } from "./config.ts";
export { openRegistryFile } from "./registry/file.ts";
export type { SiblingWords } from "./sessions/siblings.ts";
