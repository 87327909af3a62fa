/** Reads meters and publishes what they say; nothing is forgotten before the platform has it. */
export { decodeCommand } from "./commands/decode.ts";
export { doctorCommand } from "./commands/doctor.ts";
export { enrolCommand } from "./commands/enrol.ts";
export { edgeCommand } from "./commands/edge.ts";
export type { EdgeConfig } from "./config/config.ts";
export type { MeterConfig } from "./config/meter-config.ts";
export { createMeterDecoder } from "./meter/decoder.ts";
export { PROFILES } from "./meter/profiles/table.ts";
export { toReading } from "./meter/to-reading.ts";
export { simulatedMeter } from "./simulator/simulated-meter.ts";
export { simulateRange } from "./simulator/simulate-range.ts";
export { simulateCommand } from "./commands/simulate.ts";
export { startEdge, type Edge } from "./start.ts";
export { simulatedTransport } from "./transport/simulated.ts";
export type { Transport } from "./transport/transport.ts";
