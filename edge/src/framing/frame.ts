/**
 * Frames: the units that a link protects with a length, an end mark or a checksum. A format only judges the bytes at one
 * place; finding that place again after noise is the scanner's work.
 */
export const PROTOCOLS = ["mbus", "hdlc", "dlms", "dsmr", "sml"] as const;
export type Protocol = (typeof PROTOCOLS)[number];

export type Frame =
  /** Wired M-Bus long frame; `data` is what follows the CI field. */
  | { protocol: "mbus"; control: number; address: number; controlInformation: number; data: Uint8Array }
  | { protocol: "hdlc"; segmented: boolean; information: Uint8Array }
  /** From `/` to the line end after `!`. */
  | { protocol: "dsmr"; telegram: Uint8Array; checked: boolean }
  /** The messages of an SML file, escapes and padding removed. */
  | { protocol: "sml"; file: Uint8Array }
  /** An APDU without any envelope. */
  | { protocol: "dlms"; apdu: Uint8Array };

export type Verdict =
  /** No frame begins here. */
  | { kind: "none" }
  /** Belongs to the link, carries nothing: an idle HDLC flag. */
  | { kind: "filler" }
  /** Looked like a frame, but its checksum or end mark is wrong. */
  | { kind: "damaged" }
  /**
   * May be a frame: ask again with `need` bytes. `resume` comes back then, so that nothing is searched twice.
   * `endsBySilence`: what has come so far is doubtful, and a line that falls silent here disproves it.
   */
  | { kind: "more"; need: number; resume: number; endsBySilence: boolean }
  | { kind: "frame"; length: number; frame: Frame };

export interface FrameFormat {
  readonly protocol: Protocol;
  /** A frame begins with one of these bytes. */
  readonly startBytes: readonly number[];
  /** Judges `bytes[start, end)`. `last`: the source has ended, so `more` will not be answered. */
  read(bytes: Uint8Array, start: number, end: number, resume: number, last: boolean): Verdict;
}

/** No frame of any format is longer: DSMR telegrams with history lists reach 4 KiB. */
export const FRAME_BYTES_MAX: number = 8192;

export const NONE: Verdict = { kind: "none" };
export const FILLER: Verdict = { kind: "filler" };
export const DAMAGED: Verdict = { kind: "damaged" };
export const more = (need: number, resume = 0, endsBySilence = false): Verdict =>
  need > FRAME_BYTES_MAX ? NONE : { kind: "more", need, resume, endsBySilence };
