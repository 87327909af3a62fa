/**
 * Where a meter's bytes come from. Opening again after a loss is the transport's own work, with back-off; it ends only
 * when `signal` aborts or its source is exhausted (a capture file).
 */
export interface Transport {
  /** For logs: `serial /dev/ttyUSB0 2400 8E1`, `tcp 10.0.0.5:2001`. */
  readonly name: string;
  /** Its telegrams are of the past, and wait for whoever reads them: a capture. @default false */
  readonly isReplay?: boolean;
  /** Chunks in any size, at most 64 KiB each. Making a transport touches nothing; this opens it. */
  bytes(signal: AbortSignal): AsyncIterable<Uint8Array>;
}
