/** Reads meters and publishes what they say; nothing is forgotten before the platform has it. */
export { readConfig, type BrokerConfig, type EdgeConfig, type MeterConfig, type Source } from "./config.ts";
export { parseConfigFile, readConfigFile } from "./config-file.ts";
export { decodeCommand } from "./decode-command.ts";
export { edgeCommand } from "./edge-command.ts";
export type { EdgeStatus, LatestReadings } from "./local/status.ts";
export { simulateCommand } from "./simulate-command.ts";
export { startEdge, type Edge, type EdgePorts } from "./start.ts";
export { simulatedTransport, type SimulatedTransportOptions } from "./transport/simulated.ts";
export type { Transport } from "./transport/transport.ts";
