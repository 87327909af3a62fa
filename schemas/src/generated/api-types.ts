// Generated from the files in schemas/ by `npm run generate`. Do not edit.

/**
 * `{device}`, or `{device}.{m}` for a meter behind a device.
 */
export type MeterId = string;
/**
 * RFC 3339 with offset, a date (midnight in `tz`), or epoch milliseconds.
 */
export type Instant = string;
/**
 * 15m and 1h are fixed lengths, the others calendar units in `tz`.
 */
export type BucketLength = "15m" | "1h" | "day" | "week" | "month" | "year";
/**
 * RFC 3339 with the offset of `tz` at that instant; milliseconds only when there are any.
 */
export type Time = string;
/**
 * Unix milliseconds, UTC.
 */
export type EpochMs = number;
/**
 * The IANA time zone that was used.
 */
export type ZoneName = string;
/**
 * What to know about a reading; empty when nothing. `server-time`: the device sent no time, so that it is the arrival's. `suspect`: implausible in sequence, kept out of energy until confirmed.
 */
export type ReadingQuality = ("server-time" | "suspect")[];
/**
 * `measured`: readings in every quarter hour. `partial`: quarter hours without readings, or energy that is not allocated in time. `none`: no readings.
 */
export type BucketQuality = "measured" | "partial" | "none";
export type LiveEvent = ReadingEvent | HeartbeatEvent;
/**
 * Exact to the Wh, at most three decimals.
 */
export type Kwh = number;
/**
 * Exact to the Wh, at most three decimals; null when unknown.
 */
export type KwhOrNull = number | null;
/**
 * Share of the quarter hours begun so far in which there is a reading; three decimals, and 1 only when none is missing.
 */
export type Coverage = number;

/**
 * RFC 9457 problem details: every HTTP error, and the payload of sm/v1/{device}/error.
 */
export interface Problem {
  /**
   * A stable address of this kind of problem.
   */
  type: string;
  title: string;
  status?: number;
  /**
   * What is wrong here and how to mend it.
   */
  detail?: string;
  instance?: string;
  /**
   * On the error topic: the rejection code.
   */
  code?: string;
  /**
   * @maxItems 100
   */
  errors?: {
    /**
     * JSON pointer into the body.
     */
    pointer?: string;
    /**
     * Name of the query or path parameter.
     */
    parameter?: string;
    detail: string;
  }[];
  [k: string]: unknown;
}
export interface Label {
  de: string;
  en: string;
}
/**
 * `first` and `last` are the times of its oldest and newest reading.
 */
export interface Meter {
  id: MeterId;
  /**
   * The device that speaks for it.
   */
  device: string;
  first: Time;
  last: Time;
  /**
   * Seconds since the newest reading.
   */
  age_s: number;
}
export interface MeterList {
  tz: ZoneName;
  meters: Meter[];
}
export interface LatestValue {
  value: number;
  /**
   * The register table's; null for a register that the table does not know.
   */
  unit: string | null;
  /**
   * Friendly name; the code itself for a register that the table does not know.
   */
  name: string;
  label: Label;
  t: EpochMs;
}
export interface Latest {
  meter: MeterId;
  device: string;
  t: EpochMs;
  time: Time;
  /**
   * Seconds since the newest reading.
   */
  age_s: number;
  tz: ZoneName;
  /**
   * Net power, import positive; null when no reading of the last minute before `time` carries it.
   */
  power_w: number | null;
  quality: ReadingQuality;
  /**
   * By OBIS code; the known ones first, in the register table's order.
   */
  registers: {
    [k: string]: LatestValue;
  };
}
/**
 * The stream is alive, also when the meter is silent.
 */
export interface Heartbeat {
  t: EpochMs;
  time: Time;
}
export interface ReadingEvent {
  event: "reading";
  /**
   * The reading's `t`.
   */
  id: string;
  data: Latest;
}
export interface HeartbeatEvent {
  event: "heartbeat";
  data: Heartbeat;
}
/**
 * The unallocated numbers are the part of import_kwh and export_kwh that passed in gaps inside this bucket.
 */
export interface EnergyBucket {
  start: Time;
  end: Time;
  import_kwh: KwhOrNull;
  export_kwh: KwhOrNull;
  coverage: Coverage;
  import_unallocated_kwh: Kwh;
  export_unallocated_kwh: Kwh;
  quality: BucketQuality;
  readings: number;
}
/**
 * `total` is the whole range as one bucket; it includes gaps across its buckets.
 */
export interface EnergySeries {
  meter: MeterId;
  from: Time;
  to: Time;
  tz: ZoneName;
  resolution: BucketLength;
  unit: "kWh";
  total: EnergyBucket;
  /**
   * @maxItems 20000
   */
  buckets: EnergyBucket[];
}
export interface PowerBucket {
  start: Time;
  end: Time;
  /**
   * Mean of the readings.
   */
  avg_w: number | null;
  min_w: number | null;
  max_w: number | null;
  coverage: Coverage;
  readings: number;
}
export interface PowerSeries {
  meter: MeterId;
  from: Time;
  to: Time;
  tz: ZoneName;
  resolution: BucketLength;
  unit: "W";
  /**
   * @maxItems 20000
   */
  buckets: PowerBucket[];
}
/**
 * Measured at `t`, the same as `time`; the platform got it at `received`.
 */
export interface RawReading {
  t: EpochMs;
  time: Time;
  received: Time;
  /**
   * Sequence number of the device's journal.
   */
  s?: number;
  /**
   * Net power of this reading; null when it carries none.
   */
  power_w: number | null;
  quality: ReadingQuality;
  /**
   * OBIS code to value, in the register table's unit.
   */
  registers: {
    [k: string]: number;
  };
  /**
   * Units of the registers that the table does not know, as the device named them.
   */
  units?: {
    [k: string]: string;
  };
}
export interface ReadingPage {
  meter: MeterId;
  from: Time;
  to: Time;
  tz: ZoneName;
  /**
   * The next page's cursor; null on the last one.
   */
  next: string | null;
  /**
   * @maxItems 10000
   */
  readings: RawReading[];
}
/**
 * From the last reading before (`start`) to the first one after (`end`).
 */
export interface Gap {
  start: Time;
  end: Time;
  /**
   * `meter-swap`: the meter was exchanged in it. `lost`: the device's sequence numbers say that it made readings which never
   * arrived. `no-readings`: none of the two is known.
   *
   */
  reason: "no-readings" | "lost" | "meter-swap";
  import_unallocated_kwh: KwhOrNull;
  export_unallocated_kwh: KwhOrNull;
}
export interface GapList {
  meter: MeterId;
  from: Time;
  to: Time;
  tz: ZoneName;
  unit: "kWh";
  gaps: Gap[];
}
export interface RegisterEntry {
  /**
   * OBIS code.
   */
  code: string;
  unit: string;
  kind: "counter" | "gauge";
  name: string;
  label: Label;
}
export interface RegisterList {
  registers: RegisterEntry[];
}
export interface RejectedEntry {
  device: string;
  topic: string;
  /**
   * The kind of fault, as in rejected.schema.json.
   */
  code: string;
  /**
   * What is wrong and how to mend it.
   */
  detail: string;
  received: Time;
  /**
   * Which reading of a batch; absent when the whole message was rejected.
   */
  index?: number;
  /**
   * The message's original bytes, base64.
   */
  payload: string;
}
export interface RejectedList {
  tz: ZoneName;
  /**
   * @maxItems 500
   */
  messages: RejectedEntry[];
}
export interface ProblemKind {
  type: string;
  title: string;
  status: number;
  mend: string;
}
export interface Health {
  status: "ok";
}
export interface Readiness {
  status: "ready" | "not-ready";
  checks: {
    [k: string]: {
      ok: boolean;
      detail?: string;
    };
  };
}
