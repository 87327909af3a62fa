import { setImmediate } from "node:timers/promises";
import { DEFAULT_SERIAL, type SimulatedMeterOptions, type SimulatorState } from "../simulator/options.ts";
import { simulatedMeter, type SimulatedMeter } from "../simulator/simulated-meter.ts";
import type { SimulatedTelegram } from "../simulator/telegram-encoder.ts";
import { type Clock, systemClock } from "./clock.ts";
import { ADAPTER_CHUNK_BYTES, atLineSpeed, type ChunkBytes, inChunks } from "./pacing.ts";
import type { Transport } from "./transport.ts";

export interface SimulatedTransportOptions extends SimulatedMeterOptions {
  /** "real": 5-s cadence at 2400 baud; "fast": as quickly as it is read, pauses left out. @default "real" */
  pace?: "real" | "fast";
  /** @default 32 in real pace, whole pieces in fast */
  chunkBytes?: ChunkBytes;
  /** @default 2400 */
  baudRate?: number;
  /** Unix ms of the first telegram's earliest instant; real pace: the clock's now. */
  fromMs?: number;
  /** Unix ms, exclusive. */
  toMs?: number;
  /** Ends after so many telegrams. */
  count?: number;
  /** Hears of each telegram before its bytes go out, and of the state that a restart needs. */
  onTelegram?: (telegram: SimulatedTelegram, state: SimulatorState) => void;
  clock?: Clock;
}

/** A real meter needs so long from its time stamp to the first byte. */
const FIRST_BYTE_MS = 650;
/** In fast pace, how many telegrams go out before timers and sockets have their turn. */
const TELEGRAMS_PER_TURN = 16;

/**
 * A simulated Kaifa meter as a byte source; the same meter goes on when the source is opened again.
 *
 * @example simulatedTransport({ key, dialect: "netz-noe", pvKwp: 5, faults: { lostBytes: 0.01 } })
 */
export function simulatedTransport(options: SimulatedTransportOptions): Transport {
  const meter = simulatedMeter(options);
  const isReplay = options.pace === "fast";
  return {
    name: `simulated meter ${options.serial ?? DEFAULT_SERIAL} (${options.dialect ?? "ksmwest"})`,
    isReplay,
    bytes: (signal) => (isReplay ? fast(meter, options, signal) : real(meter, options, signal)),
  };
}

async function* real(
  meter: SimulatedMeter,
  options: SimulatedTransportOptions,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  const { clock = systemClock, baudRate = 2400, chunkBytes = ADAPTER_CHUNK_BYTES } = options;
  let lastMs = Math.max(options.fromMs ?? 0, clock.now(), meter.state?.atMs ?? 0);
  for (let sent = 0; sent < (options.count ?? Number.POSITIVE_INFINITY); sent++) {
    // After the computer has slept, or on a line too slow for its interval, the meter goes on with the present.
    const instantMs = meter.nextInstant(Math.max(lastMs, clock.now() - FIRST_BYTE_MS));
    if (instantMs >= (options.toMs ?? Number.POSITIVE_INFINITY)) return;
    await clock.sleep(instantMs + FIRST_BYTE_MS - clock.now(), signal);
    if (signal.aborted) return;
    lastMs = instantMs;
    let lineMs = clock.now();
    for (const { pauseMs, bytes } of next(meter, options, instantMs).wire.pieces) {
      lineMs = Math.max(lineMs, clock.now()) + pauseMs;
      yield* atLineSpeed(bytes, lineMs, { baudRate, chunkBytes, clock, signal });
      if (signal.aborted) return;
    }
  }
}

async function* fast(
  meter: SimulatedMeter,
  options: SimulatedTransportOptions,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  const { clock = systemClock, count = Number.POSITIVE_INFINITY, toMs = Number.POSITIVE_INFINITY } = options;
  let lastMs = Math.max((options.fromMs ?? clock.now()) - 1, meter.state?.atMs ?? 0);
  for (let sent = 0; sent < count && !signal.aborted; sent++) {
    lastMs = meter.nextInstant(lastMs);
    if (lastMs >= toMs) return;
    for (const { bytes } of next(meter, options, lastMs).wire.pieces)
      for (const chunk of inChunks(bytes, options.chunkBytes ?? bytes.length, lastMs)) {
        if (signal.aborted) return;
        yield chunk;
      }
    if (sent % TELEGRAMS_PER_TURN === 0) await setImmediate();
  }
}

function next(
  meter: SimulatedMeter,
  options: SimulatedTransportOptions,
  instantMs: number,
): SimulatedTelegram {
  const telegram = meter.telegramAt(instantMs);
  if (meter.state) options.onTelegram?.(telegram, meter.state);
  return telegram;
}
