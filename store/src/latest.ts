import { DAY_MS, type NormalisedReading } from "@smp/schemas";
import { qualityBits, qualityOf } from "./columns.ts";
import type { LatestReading, MeterSummary } from "./store.ts";

/** A register that a meter has not sent for so long before its newest reading has no newest value: the meter no longer has it. */
export const SENT_MS: number = 7 * DAY_MS;

/** Leaves out the registers that a meter no longer sends. */
export function stillSent(latest: LatestReading): LatestReading {
  const since = latest.t - SENT_MS;
  const registers = Object.entries(latest.registers);
  if (registers.every(([, { t }]) => t >= since)) return latest;
  return { ...latest, registers: Object.fromEntries(registers.filter(([, { t }]) => t >= since)) };
}

export interface MeterState {
  meter: string;
  device: string;
  firstMs: number;
  lastMs: number;
  received: number;
  quality: number;
  registers: Map<string, { value: number; t: number }>;
  /** As it was last told, until a reading changes it. */
  told?: LatestReading | undefined;
}

/** The newest value of every register of every meter, in memory: one entry per meter and register that ever reported. */
export class LatestReadings {
  readonly #states = new Map<string, MeterState>();

  get(meter: string): MeterState | undefined {
    return this.#states.get(meter);
  }

  set(state: MeterState): void {
    this.#states.set(state.meter, state);
  }

  delete(meter: string): void {
    this.#states.delete(meter);
  }

  /** Takes a stored reading. */
  apply(reading: NormalisedReading): void {
    const { meter, device, t, received } = reading;
    let state = this.#states.get(meter);
    if (!state) {
      state = { meter, device, firstMs: t, lastMs: -1, received, quality: 0, registers: new Map() };
      this.#states.set(meter, state);
    }
    state.told = undefined;
    if (t < state.firstMs) state.firstMs = t;
    if (t >= state.lastMs) {
      state.device = device;
      state.lastMs = t;
      state.received = received;
      state.quality = qualityBits(reading.quality);
    }
    for (const code in reading.r) {
      const value = reading.r[code];
      if (value === undefined || !Number.isFinite(value)) continue;
      const newest = state.registers.get(code);
      if (!newest) state.registers.set(code, { value, t });
      else if (t >= newest.t) {
        newest.value = value;
        newest.t = t;
      }
    }
  }

  /**
   * Whether a reading that takes the place of an earlier one of the same time no longer carries a register that had
   * its newest value there: then only the tables know that register's newest value.
   */
  withdraws(reading: NormalisedReading): boolean {
    const registers = this.#states.get(reading.meter)?.registers ?? [];
    for (const [code, newest] of registers)
      if (newest.t === reading.t && !Number.isFinite(reading.r[code])) return true;
    return false;
  }

  /** A state read from the raw readings, with what is known from those before `rawMs`, which are gone. */
  withExpired(fresh: MeterState, rawMs: number): MeterState {
    const known = this.#states.get(fresh.meter);
    if (!known || known.firstMs >= rawMs) return fresh;
    const registers = new Map(fresh.registers);
    for (const [code, newest] of known.registers)
      if (newest.t < rawMs && !registers.has(code)) registers.set(code, newest);
    return { ...fresh, firstMs: Math.min(fresh.firstMs, known.firstMs), registers };
  }

  summaries(): MeterSummary[] {
    return [...this.#states.values()]
      .map(({ meter, device, firstMs, lastMs }) => ({ meter, device, firstMs, lastMs }))
      .sort((a, b) => (a.meter < b.meter ? -1 : 1));
  }

  readings(meters: readonly string[]): LatestReading[] {
    return [...new Set(meters)].flatMap((meter) => {
      const state = this.#states.get(meter);
      return state ? [(state.told ??= tell(state))] : [];
    });
  }
}

function tell({ meter, device, lastMs, received, quality, registers }: MeterState): LatestReading {
  const values = Object.fromEntries([...registers].map(([code, newest]) => [code, { ...newest }]));
  return stillSent({ meter, device, t: lastMs, received, registers: values, ...qualityOf(quality) });
}
