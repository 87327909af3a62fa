/** One decoded telegram: what the meter said, decimal-exact, before the platform selects and normalises. */
export interface Telegram {
  protocol: "mbus" | "hdlc" | "dlms" | "dsmr" | "sml";
  /** Name of the meter profile that decoded it; `null` when the generic walker sufficed. */
  profile: string | null;
  /** Meter number as the telegram carries it. */
  meter: string | null;
  /** The telegram's own time: RFC 3339 with the wire's offset where it has one, and the instant where that is known. */
  time: string | null;
  /** Unix ms UTC. */
  t: number | null;
  frameCounter: number | null;
  /** Hex, lower case. */
  systemTitle: string | null;
  /** OBIS `A-B:C.D.E` to value and unit, both as the meter means them (kWh stays kWh in `unit`). */
  registers: Record<string, { value: number; unit: string }>;
  texts: Record<string, string>;
}

/** What a decoder reports besides telegrams. `code` is for programs, the message says what to do. */
export interface DecodeFault {
  code: "line-quality" | "wrong-key" | "key-missing" | "replayed" | "unsupported" | "malformed" | "implausible";
  message: string;
}

export type DecoderEvent = { kind: "telegram"; telegram: Telegram } | { kind: "fault"; fault: DecodeFault };

/**
 * Bytes in, telegrams and faults out; no I/O, no clock of its own, memory bounded, never throws on input.
 * Noise costs at most the frame that it hits.
 */
export interface MeterDecoder {
  /** `nowMs` is the arrival time: it ends frames that have no end mark, and resolves clocks without a zone. */
  push(chunk: Uint8Array, nowMs: number): DecoderEvent[];
  /** The source has ended: what can still be decoded. */
  flush(): DecoderEvent[];
  readonly stats: DecoderStats;
}

export interface DecoderStats {
  bytes: number;
  discardedBytes: number;
  frames: number;
  badChecksums: number;
  telegrams: number;
  /** Telegrams that the frame counter says were missed. */
  missed: number;
}
