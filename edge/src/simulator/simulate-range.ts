import type { SimulatedMeterOptions } from "./options.ts";
import { simulatedMeter } from "./simulated-meter.ts";
import type { SimulatedTelegram } from "./telegram-encoder.ts";

export interface SimulatedRange extends SimulatedMeterOptions {
  /** Unix ms, inclusive. */
  fromMs: number;
  /** Unix ms, exclusive. */
  toMs: number;
  /** Between two telegrams, and so the meter's interval unless that is given. */
  stepMs: number;
}

/**
 * All telegrams of a span, as fast as they can be made; their energy is the same as that of a meter that was read every
 * 5 s. Take `values` for readings; `bytes` costs a cipher each.
 *
 * @example for (const { values } of simulateRange({ key, fromMs, toMs, stepMs: 900_000 })) total = values.importWh;
 */
export function* simulateRange({
  fromMs,
  toMs,
  stepMs,
  ...options
}: SimulatedRange): Generator<SimulatedTelegram> {
  const meter = simulatedMeter({ intervalMs: stepMs, ...options });
  for (let instantMs = fromMs; instantMs < toMs; instantMs += stepMs) yield meter.telegramAt(instantMs);
}
