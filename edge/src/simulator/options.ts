import { PlatformError } from "@smp/schemas";
import type { FaultOptions } from "./faults.ts";
import type { KaifaDialect } from "./kaifa-identity.ts";
import type { MeterClockOptions } from "./meter-clock.ts";

/** A simulated Kaifa MA309M (three phases) or MA110M (one) in a simulated house. Only the key is required. */
export interface SimulatedMeterOptions {
  /** Global unicast encryption key, 32 hex digits. */
  key: string;
  /** 32 hex digits; with it telegrams bear a tag (security control 30h, as Landis+Gyr meters send). */
  authenticationKey?: string;
  /** @default "ksmwest" */
  dialect?: KaifaDialect;
  /** 1 to 9,999,999. @default 200_001 */
  serial?: number;
  /** Same seed and options: same bytes. @default 1 */
  seed?: number;
  /** 1 is the single-phase MA110M. @default 3 */
  phases?: 1 | 3;
  /** A three-phase meter in a house with one phase sends 0 V and 0 A for the others. @default phases */
  connectedPhases?: 1 | 3;
  /** Peak power of the panels in kWp. @default 0 */
  pvKwp?: number;
  /** Consumption. @default 3500 */
  kwhPerYear?: number;
  /** Between two telegrams; a real meter: 5 s. @default 5000 */
  intervalMs?: number;
  /** Unix ms at which all registers stood at 0. @default 2025-01-01 */
  installedAtMs?: number;
  meterClock?: MeterClockOptions;
  /** Bit 1 of the clock's status. @default false */
  clockDoubtful?: boolean;
  /** A new meter from this instant on: new title, registers from 0, counter from 1. */
  swap?: { atMs: number; serial: number; key?: string };
  /** The operator changes the key; meter and counters stay. */
  keyChange?: { atMs: number; key: string };
  faults?: FaultOptions;
  /** Of the first telegram; without it, it follows from the time since `installedAtMs`. */
  firstFrameCounter?: number;
  /** Goes on where an earlier meter with the same options stopped. */
  state?: SimulatorState;
}

/** The same with everything that others share filled in. */
export type SimulatedMeterSettings = Omit<SimulatedMeterOptions, "state"> & {
  dialect: KaifaDialect;
  phases: 1 | 3;
  connectedPhases: 1 | 3;
  serial: number;
  seed: number;
  pvKwp: number;
  kwhPerYear: number;
  intervalMs: number;
  installedAtMs: number;
};

/** Everything that a restart must not forget; plain JSON. */
export interface SimulatorState {
  v: 1;
  /** Unix ms of the last telegram. */
  atMs: number;
  serial: number;
  /** Of the last telegram. */
  frameCounter: number;
  invokeId: number;
  importMillijoules: number;
  exportMillijoules: number;
  importVarMs: number;
  exportVarMs: number;
}

export const DEFAULT_SERIAL = 200_001;
const DEFAULT_INTERVAL_MS = 5_000;
const PV_KWP_MAX = 100;
const KWH_PER_YEAR_MAX = 100_000;

/** Fills in the defaults and names the first option that cannot be. */
export function settingsOf({ state: _state, ...options }: SimulatedMeterOptions): SimulatedMeterSettings {
  const {
    dialect = "ksmwest",
    phases = 3,
    connectedPhases = phases,
    serial = DEFAULT_SERIAL,
    seed = 1,
  } = options;
  const { pvKwp = 0, kwhPerYear = 3500, intervalMs = DEFAULT_INTERVAL_MS } = options;
  const installedAtMs = options.installedAtMs ?? Date.UTC(2025, 0, 1);
  requireThat(
    connectedPhases <= phases,
    `connectedPhases is ${connectedPhases}, but the meter has ${phases}`,
  );
  requireThat(pvKwp >= 0 && pvKwp <= PV_KWP_MAX, `pvKwp is ${pvKwp}, but must be from 0 to ${PV_KWP_MAX}`);
  requireThat(
    kwhPerYear >= 0 && kwhPerYear <= KWH_PER_YEAR_MAX,
    `kwhPerYear is ${kwhPerYear}, but must be from 0 to ${KWH_PER_YEAR_MAX}`,
  );
  requireThat(
    Number.isInteger(intervalMs) && intervalMs >= 1000 && intervalMs % 1000 === 0,
    `intervalMs is ${intervalMs}, but must be whole seconds, as the meter stamps no fractions`,
  );
  return {
    ...options,
    dialect,
    phases,
    connectedPhases,
    serial,
    seed,
    pvKwp,
    kwhPerYear,
    intervalMs,
    installedAtMs,
  };
}

function requireThat(holds: boolean, message: string): void {
  if (!holds) throw new PlatformError("config", `simulated meter: ${message}`);
}
