import type { Frame } from "./frame.ts";
import { type Assembled, type Assembler, concatenate, MESSAGE_BYTES_MAX } from "./message.ts";

/** IEC 62056-46: the LLC header stands once, before the first frame's APDU. */
const LLC = [0xe6, 0xe7, 0x00];
/** General block transfer cuts the APDU above HDLC: see `block-transfer.ts`. */
const SEGMENT_GAP_MS_MAX = 3_000;

/** Joins segmented HDLC frames into APDUs. */
export function hdlcSegments(): Assembler {
  let parts: Uint8Array[] = [];
  let bytes = 0;
  let lastMs = 0;

  const drop = (reason: string): string | undefined => {
    const lost = parts.length > 0 ? `HDLC: ${reason}` : undefined;
    parts = [];
    bytes = 0;
    return lost;
  };

  const add = (frame: Frame, nowMs: number): Assembled => {
    if (frame.protocol !== "hdlc" || frame.information.length === 0) return {};
    const { information, segmented } = frame;
    const begins = LLC.every((byte, index) => information[index] === byte);
    const result: Assembled = {};
    const late = nowMs - lastMs > SEGMENT_GAP_MS_MAX;
    const lost = begins || late ? drop("the last segments of a telegram are missing") : undefined;
    if (lost !== undefined) result.lost = lost;
    if (parts.length === 0 && segmented && !begins)
      return { lost: "HDLC: the first segment of a telegram is missing" };
    parts.push(begins ? information.subarray(LLC.length) : information);
    bytes += information.length;
    lastMs = nowMs;
    if (bytes > MESSAGE_BYTES_MAX) return { lost: drop("a telegram exceeds 8 KiB") ?? "" };
    if (segmented) return result;
    result.message = { protocol: "hdlc", kind: "apdu", bytes: concatenate(parts), frames: parts.length };
    parts = [];
    bytes = 0;
    return result;
  };
  return { add, end: () => drop("the source ended within a telegram") };
}
