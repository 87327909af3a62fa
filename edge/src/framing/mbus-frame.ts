import { DAMAGED, type FrameFormat, more, NONE, type Verdict } from "./frame.ts";

/* EN 13757-2 long frame => 68 L L 68 C A CI data... checksum 16
     L        => count of bytes from C up to, not including, the checksum
     checksum => sum of the same bytes, modulo 256 */
const START = 0x68;
const STOP = 0x16;
/** Start, length twice, start; checksum and stop. */
const ENVELOPE_BYTES = 6;
const LENGTH_MIN = 3;

export const mbusFrame: FrameFormat = {
  protocol: "mbus",
  startBytes: [START],
  read(bytes, start, end, _resume, last) {
    const available = end - start;
    const length = bytes[start + 1] as number;
    if (available >= 3 && bytes[start + 2] !== length) return NONE;
    if (available >= 4 && bytes[start + 3] !== START) return NONE;
    if (available < 4) return more(4);
    // 68 01 01 68 is not noise: older Sagemcom firmware sends a true length of 257, cut to one byte.
    for (const candidate of length < LENGTH_MIN ? [length + 256] : [length, length + 256]) {
      if (available < candidate + ENVELOPE_BYTES)
        return last && candidate !== length && length >= LENGTH_MIN
          ? DAMAGED
          : more(candidate + ENVELOPE_BYTES);
      if (isWhole(bytes, start, candidate)) return toFrame(bytes, start, candidate);
    }
    return DAMAGED;
  },
};

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
