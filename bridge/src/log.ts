import type { NormalisedReading, RejectedMessage } from "@smp/schemas";

/** What one group of messages became. */
export interface LogBatch {
  readings: readonly NormalisedReading[];
  rejected: readonly RejectedMessage[];
  statuses: readonly DeviceStatus[];
}

export interface DeviceStatus {
  device: string;
  /** `status`: the text online or offline; `info`: the device's own description, JSON; `deleted`: a meter's id. */
  kind: "status" | "info" | "deleted";
  value: unknown;
  received: number;
}

/**
 * The durable record between ingest and store.
 *
 * - `append` resolves when the batch is durable; a PUBACK may follow. It fails whole: retry the same batch, never drop it.
 * - Readings of one meter keep the order in which they were appended.
 * - `consume` hands batches to `handle` in order and forgets a batch only after `handle` resolved. It is called once.
 *   A batch may come again after a crash: the store's key makes that harmless.
 * - Opening is lazy: making a log touches nothing.
 */
export interface Log {
  append(batch: LogBatch): Promise<void>;
  consume(handle: (batch: LogBatch) => Promise<void>): Promise<void>;
  health(): Promise<LogHealth>;
  close(): Promise<void>;
}

export interface LogHealth {
  ok: boolean;
  detail?: string;
}
