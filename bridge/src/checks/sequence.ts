/** More devices than this are not followed; the one that was first followed is forgotten, and begins anew. */
const DEVICES_MAX = 100_000;
/** Ranges of missing numbers that are remembered of a device; of more the oldest is given up. */
const RANGES_MAX = 32;

/** Sequence numbers, both ends included. */
export interface Missing {
  from: number;
  to: number;
}

interface DeviceState {
  highest: number;
  /** Newest time of measurement. */
  newestMs: number;
  missing: Missing[];
}

/**
 * Follows the sequence numbers `s` of each device's journal, which tell what was made and has not arrived. A number may come
 * late, because journals send what is new first, or twice. Numbers that begin anew with newer readings are a new
 * journal. Pure but for its memory, which is bounded.
 */
export class SequenceNumbers {
  readonly #devicesMax: number;
  readonly #devices = new Map<string, DeviceState>();
  #missing = 0;

  constructor(devicesMax: number = DEVICES_MAX) {
    this.#devicesMax = devicesMax;
  }

  /** Readings that have not arrived, of all devices. */
  get missing(): number {
    return this.#missing;
  }

  /** Takes note of a reading that has arrived; returns the numbers that it shows to be missing. */
  note(device: string, s: number, t: number): Missing | undefined {
    const state = this.#devices.get(device);
    if (!state) {
      this.#follow(device, { highest: s, newestMs: t, missing: [] });
      return undefined;
    }
    const isNewer = t > state.newestMs;
    if (isNewer) state.newestMs = t;
    if (s < state.highest) {
      if (!this.#fill(state, s) && isNewer) this.#beginAnew(state, s);
      return undefined;
    }
    const gap = { from: state.highest + 1, to: s - 1 };
    state.highest = s;
    if (gap.to < gap.from) return undefined;
    state.missing.push(gap);
    this.#missing += lengthOf(gap);
    if (state.missing.length > RANGES_MAX) this.#missing -= lengthOf(state.missing.shift());
    return gap;
  }

  /** Whether the number was missing. */
  #fill(state: DeviceState, s: number): boolean {
    const index = state.missing.findIndex(({ from, to }) => from <= s && s <= to);
    const range = state.missing[index];
    if (!range) return false;
    const parts = [
      { from: range.from, to: s - 1 },
      { from: s + 1, to: range.to },
    ].filter((part) => lengthOf(part) > 0);
    state.missing.splice(index, 1, ...parts);
    this.#missing -= 1;
    if (state.missing.length > RANGES_MAX) this.#missing -= lengthOf(state.missing.shift());
    return true;
  }

  #beginAnew(state: DeviceState, s: number): void {
    for (const range of state.missing) this.#missing -= lengthOf(range);
    state.missing = [];
    state.highest = s;
  }

  /** A device whose numbers come elsewhere from now on. */
  forget(device: string): void {
    for (const range of this.#devices.get(device)?.missing ?? []) this.#missing -= lengthOf(range);
    this.#devices.delete(device);
  }

  #follow(device: string, state: DeviceState): void {
    const [oldest] = this.#devices.keys();
    if (oldest !== undefined && this.#devices.size >= this.#devicesMax) this.forget(oldest);
    this.#devices.set(device, state);
  }
}

const lengthOf = (range: Missing | undefined): number => (range ? range.to - range.from + 1 : 0);
