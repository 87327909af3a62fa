import type { Slot } from "./history.ts";

/** What the screen shows of one register. */
export interface RegisterRow {
  code: string;
  value: number;
  unit: string;
  label: { de: string; en: string };
}

/** The newest reading. */
export interface Now {
  meter: string;
  /** Unix ms UTC. */
  t: number;
  /** Net power, import positive; null: the meter does not tell. */
  powerW: number | null;
  quality: readonly string[];
  registers: readonly RegisterRow[];
}

/** The day so far, in the meter's zone. */
export interface Today {
  importKwh: number | null;
  exportKwh: number | null;
  unallocatedKwh: number;
  /** 0 to 1, of the day so far. */
  coverage: number;
}

export interface Screen {
  now: Now | undefined;
  today: Today | undefined;
  slots: readonly Slot[];
}
