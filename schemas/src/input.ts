import type { RejectionCode } from "./generated/types.ts";

/** A payload in a form that is not the platform's: of `sm/v1/{device}/raw/...`, or of `POST /v1/ingest/{input}`. */
export interface ForeignPayload {
  /** From the certificate or the token. */
  device: string;
  /** The levels behind `raw/`; empty over HTTP. */
  path: string;
  payload: Uint8Array;
  contentType?: string;
  /** Unix ms UTC. */
  received: number;
  /** The input that must read it; absent: the one that is set for the device. */
  input?: string;
}

/** What became of it: readings in the contract's form, not yet checked; or why there are none, as a sentence for the owner. */
export type Decoded =
  | { readings: readonly unknown[] }
  | { code: Extract<RejectionCode, "no-input" | "input-fault" | "input-failed">; fault: string };

/**
 * The port behind which the input extensions are.
 *
 * - It resolves within the inputs' time limits, whatever the inputs do.
 * - It fails only when too many payloads wait: then no PUBACK goes out, and the device sends again.
 */
export type DecodeForeign = (payload: ForeignPayload) => Promise<Decoded>;
