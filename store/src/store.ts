import type { NormalisedReading, RejectedMessage, Resolution } from "@smp/schemas";
import type { BackupSummary } from "./backup/backup.ts";

/**
 * Where readings rest. Every promise here is proven in test/conformance.ts, for every adapter.
 *
 * Times are Unix ms UTC; `from` is inclusive, `to` exclusive. Energy is in Wh, power in W.
 */
export interface Store {
  /** Durable when it resolves. Idempotent on (meter, t): the last one wins, also within a batch. All or nothing. */
  append(readings: readonly NormalisedReading[]): Promise<void>;
  /** Keeps rejected messages, newest 10,000 per device at least; durable when it resolves. A replay may keep one twice. */
  reject(messages: readonly RejectedMessage[]): Promise<void>;
  /** Newest first. */
  rejected(query: { device?: string; limit: number }): Promise<RejectedMessage[]>;

  /** Every meter that ever had a reading, in order of id. */
  meters(): Promise<MeterSummary[]>;
  /**
   * The newest value of each register that a meter sent in the seven days before its newest reading; meters without readings are
   * left out.
   */
  latest(meters: readonly string[]): Promise<LatestReading[]>;
  /** Readings as they came, oldest first, in batches; every register, also those the table does not know. */
  raw(query: RawQuery): AsyncIterable<NormalisedReading[]>;
  /** The codes of the registers that the readings of a range carry; there may be others among them that the meter once sent. */
  registers(query: RegistersQuery): Promise<string[]>;
  /** Energy and power per bucket, in order of meter id and time; those without any reading are left out (the API fills them in). */
  series(query: SeriesQuery): Promise<Bucket[]>;
  /** The same, and all the buckets' time as one bucket, which holds also the energy that passed in gaps across their bounds. */
  seriesAndWhole(query: SeriesQuery): Promise<{ buckets: Bucket[]; whole: Bucket[] }>;
  /** Stretches of at least one whole quarter hour without a reading, between two readings, that touch the range. */
  gaps(query: { meter: string; from: number; to: number }): Promise<Gap[]>;
  /**
   * Where a meter's energy passed, as finely as it is known: quarter hours with a reading, in order, and stretches across at
   * least one whole quarter hour without that counter, whose energy is known in sum only; those that touch the range. All
   * energy is in exactly one of them.
   */
  energySteps(query: { meter: string; from: number; to: number }): Promise<EnergySteps>;
  /**
   * Deletes what was received of a meter before a time: readings, roll-ups, its `meter` document in all versions and its
   * device's rejected messages. Readings received before it never come back: appending them later changes nothing. What was
   * received after `beyond`, by a clock that was ahead, goes too; appended later it would come back, for one day that time is real.
   */
  deleteMeter(meter: string, options: Deletion): Promise<void>;
  /** Meters that were deleted, each with the latest `before`. */
  deleted(): Promise<DeletedMeter[]>;

  /**
   * Small registry documents (meters, tariffs, device status): an append-only log, latest wins. Durable when it resolves. All or
   * nothing. Of what devices say of themselves (kinds `device-…`) older versions may go.
   * The store itself reads `swaps` of kind `meter`, see MeterSwaps; it refuses others with `bad-document`.
   */
  putDocument(...documents: RegistryDocument[]): Promise<void>;
  /**
   * The newest version of each document of a kind, or of those with an id in one of some ranges, in order of id; deleted ones
   * (`value: null`) are left out.
   */
  documents(kind: string, ids?: readonly IdRange[]): Promise<RegistryDocument[]>;

  /** Resolves when everything appended before is visible to queries; or documents alone, which wait for no readings. */
  settled(what?: "documents"): Promise<void>;
  /** Rolls up and lets go of what is older than the retention, now; the store does so by itself too. */
  maintain(): Promise<void>;
  health(): Promise<StoreHealth>;
  /** Writes all there is into a new folder, of one moment or nearly so, while the store goes on working. */
  backup(folder: string): Promise<BackupSummary>;
  /** Waits for what is in flight. A second call does nothing. */
  close(): Promise<void>;
}

/** Ids in the order of text (ASCII); `to` is exclusive. */
export interface IdRange {
  from: string;
  to: string;
}

export interface MeterSummary {
  meter: string;
  device: string;
  firstMs: number;
  lastMs: number;
}

/** The store may give the same object to many: nobody may change it. */
export interface LatestReading {
  meter: string;
  device: string;
  /** Time of the newest reading. */
  t: number;
  received: number;
  /** Newest value per register code, which may be older than `t` for a register that not every reading carries. */
  registers: Record<string, { value: number; t: number }>;
  quality?: NormalisedReading["quality"];
}

export interface RawQuery {
  meter: string;
  from: number;
  to: number;
  /** At most this many readings in all. */
  limit?: number;
  /** Only what was received at or after it, Unix ms UTC; the order is then (received, t), for consumers that mirror data. */
  receivedFrom?: number;
  /** With `receivedFrom`: only what comes after this place in the order, which is that of a page's last reading. */
  after?: { received: number; t: number };
}

export interface Deletion {
  before: number;
  beyond?: number;
}

export interface DeletedMeter {
  meter: string;
  before: number;
}

export type RegistersQuery = Pick<RawQuery, "meter" | "from" | "to" | "receivedFrom">;

export interface SeriesQuery {
  /** 1 to 1,000 meter ids. */
  meters: readonly string[];
  from: number;
  to: number;
  /** `range`: one bucket, from and to widened to whole quarter hours UTC. */
  resolution: Resolution | "range";
  /** IANA zone of the calendar buckets. */
  tz: string;
  /** false: one row per bucket, summed over the meters. */
  perMeter: boolean;
}

export interface Bucket {
  /** Absent when summed over meters. */
  meter?: string;
  /** Start and end (exclusive). */
  from: number;
  to: number;
  /** Counter differences; null when no two counter readings give one. Never negative. */
  importWh: number | null;
  exportWh: number | null;
  /** The part of importWh and exportWh that passed inside gaps lying wholly in this bucket: known in sum, not in time. */
  importUnallocatedWh: number;
  exportUnallocatedWh: number;
  /** Mean of the power readings; of several meters the sum of their means, and their extremes are null: unknown. */
  powerAvgW: number | null;
  powerMinW: number | null;
  powerMaxW: number | null;
  /** Quarter hours with at least one reading, and how many the bucket has (times the number of meters when summed). */
  quartersSeen: number;
  quarters: number;
  readings: number;
}

export interface Gap {
  /** Time of the last reading before and of the first one after. */
  from: number;
  to: number;
  /**
   * `meter-swap`: the meter was exchanged in it. `lost`: the device's sequence numbers say that it made readings which never
   * arrived. `no-readings`: none of the two is known.
   */
  reason: "no-readings" | "lost" | "meter-swap";
  /** Counter differences across the gap; null when unknown. */
  importWh: number | null;
  exportWh: number | null;
}

export interface EnergySteps {
  /** The quarter hour that begins at `from`; null when it holds no difference. */
  quarters: { from: number; importWh: number | null; exportWh: number | null }[];
  /** From a counter's last reading before to its first one after. */
  stretches: EnergyStretch[];
}

export interface EnergyStretch {
  from: number;
  to: number;
  /** null for the other counter. */
  importWh: number | null;
  exportWh: number | null;
}

/**
 * What the store reads of a document of kind `meter`, whose id is the meter's: when a device that sends no meter number
 * got another meter behind it, Unix ms UTC. Readings before `at` are of the old meter; no difference is taken across it.
 */
export interface MeterSwaps {
  swaps?: readonly { at: number }[];
}

export interface RegistryDocument {
  kind: string;
  id: string;
  /** null deletes. */
  value: unknown;
  /** When it was put, Unix ms UTC. */
  t: number;
}

export interface StoreHealth {
  ok: boolean;
  /** A sentence for the operator when not ok. */
  detail?: string;
  /** Age of what queries see compared with what is appended; 0 when immediate. */
  lagMs: number;
}
