/** Reads meters and publishes what they say; nothing is forgotten before the platform has it. */
export { readConfig, type BrokerConfig, type EdgeConfig, type MeterConfig, type Source } from "./config.ts";
export { parseConfigFile, readConfigFile } from "./config-file.ts";
export { decodeCommand } from "./decode-command.ts";
export { doctorCommand } from "./doctor-command.ts";
export { enrolCommand } from "./enrol-command.ts";
export { edgeCommand } from "./edge-command.ts";
export type { EdgeStatus, LatestReadings } from "./local/status.ts";
export { createMeterDecoder, type MeterDecoderOptions } from "./meter/decoder.ts";
export { PROFILES } from "./meter/profiles/table.ts";
export { toReading, type MeterReading } from "./meter/to-reading.ts";
export type { DecodeFault, DecoderEvent, MeterDecoder, Telegram } from "./meter/telegram.ts";
export type { SimulatedMeterOptions } from "./simulator/options.ts";
export { simulatedMeter } from "./simulator/simulated-meter.ts";
export { simulateRange } from "./simulator/simulate-range.ts";
export { simulateCommand } from "./simulate-command.ts";
export { startEdge, type Edge, type EdgePorts } from "./start.ts";
export { simulatedTransport, type SimulatedTransportOptions } from "./transport/simulated.ts";
export type { Transport } from "./transport/transport.ts";
