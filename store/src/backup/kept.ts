import { DAY_MS } from "@smp/schemas";
import type { Quarter } from "../energy/energy.ts";
import type { DeletedMeter, LatestReading, RegistryDocument, Store } from "../store.ts";

/** What a store still knows of readings that it let go: for a backup. */
export interface Kept {
  /** Raw readings, and quarter hours, before these instants were let go. */
  rawMs: number;
  rollUpMs: number;
  /** The newest values of meters, which may rest on readings that are gone. */
  newest: readonly Newest[];
  /** The quarter hours before `rawMs`, in order of meter and time. */
  quarters(): AsyncIterable<readonly Quarter[]>;
}

/** What is known of a meter from raw readings, also from those that are gone. */
export interface Newest {
  firstMs: number;
  latest: LatestReading;
}

/** What a store holds besides readings, whole and in order. */
export interface Logs {
  documents: readonly RegistryDocument[];
  deleted: readonly DeletedMeter[];
}

/** An adapter that shows all that it has, and takes it over. */
export interface StoreInside extends Store {
  logs(): Promise<Logs>;
  /** Undefined when nothing was let go. */
  kept(): Promise<Kept | undefined>;
  /** Takes over what another store kept, after its raw readings: these count where they are as many. */
  keep(kept: Kept): Promise<void>;
}

const YEAR_MS = 366 * DAY_MS;

/** A time in parts of a year, which a meter's quarter hours are read in; the first begins at a whole day UTC. */
export function yearsOf(firstMs: number, endMs: number): { from: number; to: number }[] {
  const years: { from: number; to: number }[] = [];
  for (let from = Math.floor(firstMs / DAY_MS) * DAY_MS; from < endMs; from += YEAR_MS)
    years.push({ from, to: Math.min(from + YEAR_MS, endMs) });
  return years;
}
