import type { NormalisedReading } from "@smp/schemas";
import type { Settings } from "./manifest.ts";
import type { StoreView } from "./store-view.ts";

/**
 * Interface `processor`, version 1: follows the stream of readings. The default export of a processor's module.
 *
 * - `process` gets 1 to 500 readings, each meter's in the order of arrival; late ones have an old `t`. Derived readings
 *   of processors are not among them.
 * - At least once: a batch counts as done when `process` resolved and what it emitted is durable; after a crash it comes
 *   again. So the same readings must give the same result: a derived reading is one per (m, t), an event one per id.
 * - The store holds the batch when `process` is called. What must be remembered is asked of the store: what a processor
 *   keeps in memory, a restart may take away.
 * - A call that throws, or takes longer than 30 s, is tried five times; one that throws then in halves, so that a reading
 *   costs itself only. What is left is passed over, counted and reported. While the store is away it is tried on.
 */
export interface Processor {
  process(batch: Batch, context: ProcessorContext): Emitted | void | Promise<Emitted | void>;
}

export interface Batch {
  readings: readonly NormalisedReading[];
}

export interface ProcessorContext {
  settings: Settings;
  store: StoreView;
  /** The platform's IANA zone. */
  timeZone: string;
}

export interface Emitted {
  /** Right `emit`. At most 10,000. */
  readings?: readonly DerivedReading[];
  /** Right `events`. At most 1,000. */
  events?: readonly EmittedEvent[];
}

/** A reading of the virtual meter `x-{extension}.{m}`. It can never be one of a device: their names do not begin with `x-`. */
export interface DerivedReading {
  /** `A-Z a-z 0-9 -`, at most 63. */
  m: string;
  /** Unix ms UTC. */
  t: number;
  /** As in any reading: OBIS code or `x-...` to number. */
  r: Readonly<Record<string, number>>;
  /** Units of `x-` registers. */
  u?: Readonly<Record<string, string>>;
}

export interface EmittedEvent {
  /** Says which event it is: the same id again replaces the former one. `A-Z a-z 0-9 . _ : -`, at most 160. */
  id: string;
  /** `a-z 0-9 -`, such as `peak`. */
  type: string;
  /** Whom it is about. Only those who may read this meter see the event. */
  meter: string;
  /** When it happened, Unix ms UTC. */
  t: number;
  /** One sentence, at most 200 characters. */
  title: string;
  /** Facts for programs, at most 4 KiB as JSON. */
  data?: Readonly<Record<string, unknown>>;
}
