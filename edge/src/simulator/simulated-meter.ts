import { PlatformError } from "@smp/schemas";
import { Electricity, MILLIJOULES_PER_WH } from "./electricity.ts";
import type { KaifaValues } from "./kaifa-list.ts";
import { MeterClock } from "./meter-clock.ts";
import {
  settingsOf,
  type SimulatedMeterOptions,
  type SimulatedMeterSettings,
  type SimulatorState,
} from "./options.ts";
import { telegramEncoder, type SimulatedTelegram } from "./telegram-encoder.ts";

export interface SimulatedMeter {
  readonly intervalMs: number;
  /** The next instant after `afterMs` at which the meter's clock shows a multiple of the interval. */
  nextInstant(afterMs: number): number;
  /** The telegram of this instant. Instants must grow; frame counter and invoke id count telegrams. */
  telegramAt(instantMs: number): SimulatedTelegram;
  /** After the last telegram; `null` before the first. */
  readonly state: SimulatorState | null;
}

const INVOKE_ID_MASK = 0xff_ff_ff;
const FRAME_COUNTER_MAX = 0xff_ff_ff_ff;

/**
 * A Kaifa smart meter that needs no hardware: for each instant the encrypted wired M-Bus telegram, byte for byte as the
 * real one sends it. Pure: no clock, no random source, no I/O of its own.
 *
 * Without a state, registers and counters follow from the time since `installedAtMs`; so a restart that has lost its
 * state still never goes back and never uses a frame counter twice. With a state they go on from there, the energy of
 * the pause included; pushes of the pause count as sent, as a real meter goes on when nobody listens.
 *
 * @example
 * const meter = simulatedMeter({ key: "000102030405060708090a0b0c0d0e0f", pvKwp: 5 });
 * const { bytes } = meter.telegramAt(Date.UTC(2026, 5, 21, 10, 0, 5));
 */
export function simulatedMeter(options: SimulatedMeterOptions): SimulatedMeter {
  const settings = settingsOf(options);
  const encode = telegramEncoder(settings);
  const clock = new MeterClock(options.meterClock);
  const electricity = new Electricity({ ...settings, phases: settings.connectedPhases });
  let state: SimulatorState | null = null;
  return {
    intervalMs: settings.intervalMs,
    nextInstant: (afterMs) => clock.nextTick(afterMs, settings.intervalMs),
    telegramAt(instantMs) {
      const before = state ?? options.state ?? null;
      if (before && instantMs <= before.atMs) throw notLater(instantMs, before.atMs);
      const first = state === null;
      state = advance(settings, electricity, before, instantMs, first);
      return encode(state, valuesOf(settings, electricity, state, clock.shownAt(instantMs)), first);
    },
    get state() {
      return state ? { ...state } : (options.state ?? null);
    },
  };
}

/** The next state, with the energy up to the instant in it and the counters of its telegram. */
function advance(
  settings: SimulatedMeterSettings,
  electricity: Electricity,
  before: SimulatorState | null,
  instantMs: number,
  first: boolean,
): SimulatorState {
  const { swap, intervalMs } = settings;
  const swapped = swap !== undefined && instantMs >= swap.atMs;
  const serial = swapped ? swap.serial : settings.serial;
  const same = before?.serial === serial ? before : null;
  const startMs = swapped ? swap.atMs : Math.min(settings.installedAtMs, instantMs);
  const from = same ?? zero(startMs, serial);
  const passed = first ? Math.max(1, Math.floor((instantMs - from.atMs) / intervalMs)) : 1;
  const next = {
    ...from,
    atMs: instantMs,
    frameCounter:
      before === null && settings.firstFrameCounter !== undefined
        ? settings.firstFrameCounter
        : from.frameCounter + passed,
    invokeId: (from.invokeId + passed) & INVOKE_ID_MASK,
  };
  // A counter at its end is the key's end: another telegram would use an initialisation vector twice.
  if (next.frameCounter > FRAME_COUNTER_MAX)
    throw new PlatformError(
      "frame-counter-exhausted",
      `simulated meter ${serial} has no frame counter left: change its key`,
    );
  electricity.integrate(next, from.atMs, instantMs);
  return next;
}

function zero(atMs: number, serial: number): SimulatorState {
  return {
    v: 1,
    atMs,
    serial,
    frameCounter: 0,
    invokeId: 0,
    importMillijoules: 0,
    exportMillijoules: 0,
    importVarMs: 0,
    exportVarMs: 0,
  };
}

function valuesOf(
  settings: SimulatedMeterSettings,
  electricity: Electricity,
  state: SimulatorState,
  shownMs: number,
): KaifaValues {
  const { totalW, voltageV, currentA, powerFactor } = electricity.measure(state.atMs);
  const absent = Array.from({ length: settings.phases - voltageV.length }, () => 0);
  return {
    // The half millisecond takes back what a drifting clock's float has lost.
    stampedMs: Math.floor((shownMs + 0.5) / 1000) * 1000,
    importWh: Math.floor(state.importMillijoules / MILLIJOULES_PER_WH),
    exportWh: Math.floor(state.exportMillijoules / MILLIJOULES_PER_WH),
    importVarh: Math.floor(state.importVarMs / MILLIJOULES_PER_WH),
    exportVarh: Math.floor(state.exportVarMs / MILLIJOULES_PER_WH),
    importW: Math.max(0, totalW),
    exportW: Math.max(0, -totalW),
    voltageV: [...voltageV, ...absent],
    currentA: [...currentA, ...absent],
    powerFactor,
  };
}

function notLater(instantMs: number, lastMs: number): PlatformError {
  return new PlatformError(
    "simulated-time",
    `simulated meter: ${new Date(instantMs).toISOString()} is not after its last telegram, ${new Date(lastMs).toISOString()}`,
  );
}
