import type { Frame, Protocol } from "./frame.ts";

/** What one or more frames carried, whole: the unit that a protocol decoder reads. */
export interface Message {
  protocol: Protocol;
  /** `apdu`: DLMS. `mbus-application`: from the CI field on, an M-Bus application layer that is not DLMS. */
  kind: "apdu" | "dsmr" | "sml" | "mbus-application";
  bytes: Uint8Array;
  /** How many frames it came in. */
  frames: number;
  /** DSMR: whether it carries a checksum, which is then right. */
  checked?: boolean;
}

/** What a frame led to: a whole message, the loss of an incomplete one (the reason, in words), or both. */
export interface Assembled {
  message?: Message;
  lost?: string;
}

/** Puts the frames of one protocol together; keeps at most one incomplete message. */
export interface Assembler {
  add(frame: Frame, nowMs: number): Assembled;
  /** The source has ended: why an incomplete message is lost, if there is one. */
  end(): string | undefined;
}

/** No meter's push message is longer; a longer one is a fault of reassembly. */
export const MESSAGE_BYTES_MAX: number = 8192;

export function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
