import type { Protocol } from "../framing/frame.ts";

/** One decoded telegram: what the meter said, decimal-exact, before the platform selects and normalises. */
export interface Telegram {
  protocol: Protocol;
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
  registers: Record<string, TelegramValue>;
  texts: Record<string, string>;
  /** What the meter says about its clock; absent when it raises no doubt. `t` is null for an invalid one. */
  clock?: "doubtful" | "invalid";
  /** Only for telegrams with an authentication tag: whether it was checked, which takes the authentication key. */
  authenticated?: boolean;
}

export interface TelegramValue {
  value: number;
  unit: string;
  /** RFC 3339: when the value was taken, where it is older than the telegram (gas and water meters, peaks). */
  at?: string;
}

/** What can be said about an encrypted telegram without its key. */
export interface SealedTelegram {
  protocol: Protocol;
  frameCounter: number;
  /** Hex, lower case. */
  systemTitle: string;
  /** Hex of the security control byte, e.g. `20`: encrypted, `30`: encrypted and authenticated. */
  securityControl: string;
  frames: number;
  apduLength: number;
  declaredLength: number;
}

/** What a decoder reports besides telegrams. `code` is for programs, the message says what to do. */
export interface DecodeFault {
  code:
    | "line-quality"
    | "wrong-key"
    | "key-missing"
    | "replayed"
    | "unsupported"
    | "malformed"
    | "implausible";
  message: string;
  /** With `key-missing` and `wrong-key`: the telegram that stayed closed. */
  sealed?: SealedTelegram;
  /** With `unsupported`: the list that no profile knows, one `type value` each; personal, so never for logs. */
  list?: readonly string[];
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
