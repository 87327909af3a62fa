import { DAMAGED, type FrameFormat, more, NONE, type Verdict } from "./frame.ts";

/* EN 13757-2 long frame => 68 L L 68 C A CI data... checksum 16
     L        => count of bytes from C up to, not including, the checksum
     checksum => sum of the same bytes, modulo 256 */
const START = 0x68;
const STOP = 0x16;
/** Start, length twice, start; checksum and stop. */
const ENVELOPE_BYTES = 6;
const LENGTH_MIN = 3;
/** SND_UD, with and without its frame count bit: what the control field C can be in a telegram that is pushed. */
const CONTROLS: readonly (number | undefined)[] = [0x53, 0x73];
/** Start, length twice, start, control. */
export const MBUS_HEADER_BYTES: number = 5;

export const mbusFrame: FrameFormat = {
  protocol: "mbus",
  startBytes: [START],
  read(bytes, start, end, _resume, last) {
    const available = end - start;
    const length = bytes[start + 1] as number;
    if (available >= 3 && bytes[start + 2] !== length) return NONE;
    if (available >= 4 && bytes[start + 3] !== START) return NONE;
    if (available < 4) return more(4);
    if (length >= LENGTH_MIN) {
      if (available < length + ENVELOPE_BYTES) return more(length + ENVELOPE_BYTES);
      if (isWhole(bytes, start, length)) return toFrame(bytes, start, length);
    }
    return readWrapped(bytes, start, end, length + 256, last);
  },
};

/**
 * 68 01 01 68 is not noise: older Sagemcom firmware sends a true length of 257, cut to one byte. A damaged frame asks for
 * a wrapped length as well, and where telegrams are of one size that ends exactly at the next one's stop byte.
 */
function readWrapped(bytes: Uint8Array, start: number, end: number, length: number, last: boolean): Verdict {
  const failed = length >= 256 + LENGTH_MIN;
  const frameEnd = start + length + ENVELOPE_BYTES;
  if (end < frameEnd) return last && failed ? DAMAGED : more(frameEnd - start, 0, failed);
  if (!isWhole(bytes, start, length) || findMbusHeader(bytes, start + 1, frameEnd) === "found")
    return DAMAGED;
  return toFrame(bytes, start, length);
}

/** Looks for the begin of a frame in `bytes[start, end)`. `maybe`: the bytes end within one. */
export function findMbusHeader(bytes: Uint8Array, start: number, end: number): "found" | "maybe" | "none" {
  for (let at = start; at < end; at++) {
    if (bytes[at] !== START) continue;
    if (at + 2 < end && bytes[at + 1] !== bytes[at + 2]) continue;
    if (at + 3 < end && bytes[at + 3] !== START) continue;
    if (at + MBUS_HEADER_BYTES > end) return "maybe";
    if (CONTROLS.includes(bytes[at + MBUS_HEADER_BYTES - 1])) return "found";
  }
  return "none";
}

function isWhole(bytes: Uint8Array, start: number, length: number): boolean {
  const checksumAt = start + 4 + length;
  if (bytes[checksumAt + 1] !== STOP) return false;
  let sum = 0;
  for (let index = start + 4; index < checksumAt; index++) sum += bytes[index] as number;
  return (sum & 0xff) === bytes[checksumAt];
}

function toFrame(bytes: Uint8Array, start: number, length: number): Verdict {
  return {
    kind: "frame",
    length: length + ENVELOPE_BYTES,
    frame: {
      protocol: "mbus",
      control: bytes[start + 4] as number,
      address: bytes[start + 5] as number,
      controlInformation: bytes[start + 6] as number,
      data: bytes.slice(start + 7, start + 4 + length),
    },
  };
}
