import { crc16X25 } from "./crc16.ts";
import { DAMAGED, FILLER, type FrameFormat, more, NONE } from "./frame.ts";

/* IEC 62056-46 frame format type 3 => 7E format destination source control HCS [information FCS] 7E
     format      => 2 bytes: 1010 S LLL LLLL LLLL; S: the message goes on in the next frame;
                    L counts everything between the flags
     destination, source => 1 to 4 bytes, the lowest bit of the last one is 1
     HCS, FCS    => CRC-16/X-25, low byte first
   No byte is stuffed: 7E may stand inside, so the length rules. One flag may end a frame and begin the next. */
const FLAG = 0x7e;
const FORMAT_TYPE = 0xa0;
const SEGMENTED = 0x08;
const FORMAT_BYTES = 2;
const CHECK_BYTES = 2;
const ADDRESS_BYTES_MAX = 4;
/** Format, two addresses of one byte, control, HCS. */
const LENGTH_MIN = 7;

export const hdlcFrame: FrameFormat = {
  protocol: "hdlc",
  startBytes: [FLAG],
  read(bytes, start, end, resume, last) {
    const available = end - start;
    if (available < 3) return last || (available === 2 && !isFormat(bytes, start + 1)) ? FILLER : more(3);
    if (!isFormat(bytes, start + 1)) return FILLER;
    const length = (((bytes[start + 1] as number) & 0x07) << 8) | (bytes[start + 2] as number);
    if (length < LENGTH_MIN) return NONE;
    // The header has its own check: a flag in noise must not make us wait for 2 KiB.
    const header = resume > 0 ? resume : readHeader(bytes, start, end);
    if (header === "more") return more(available + 1);
    if (header === "none" || header > length) return NONE;
    if (available < length + 1) return more(length + 1, header);
    const information = start + 1 + header;
    const checkAt = start + 1 + length - CHECK_BYTES;
    if (!isChecked(bytes, start + 1, checkAt)) return DAMAGED;
    const segmented = ((bytes[start + 1] as number) & SEGMENTED) !== 0;
    return {
      kind: "frame",
      // The closing flag stays: it may be the next frame's opening flag.
      length: length + 1,
      frame: {
        protocol: "hdlc",
        segmented,
        information: bytes.slice(information, Math.max(information, checkAt)),
      },
    };
  },
};

const isFormat = (bytes: Uint8Array, at: number): boolean => ((bytes[at] as number) & 0xf0) === FORMAT_TYPE;

const isChecked = (bytes: Uint8Array, start: number, checkAt: number): boolean =>
  crc16X25(bytes, start, checkAt) === ((bytes[checkAt] as number) | ((bytes[checkAt + 1] as number) << 8));

/** Bytes from the format field to the end of the HCS. */
function readHeader(bytes: Uint8Array, start: number, end: number): number | "more" | "none" {
  let at = start + 1 + FORMAT_BYTES;
  for (let address = 0; address < 2; address++) {
    const limit = at + ADDRESS_BYTES_MAX;
    for (;;) {
      if (at >= end) return "more";
      if (((bytes[at++] as number) & 1) === 1) break;
      if (at >= limit) return "none";
    }
  }
  const checkAt = at + 1;
  if (checkAt + CHECK_BYTES > end) return "more";
  return isChecked(bytes, start + 1, checkAt) ? checkAt + CHECK_BYTES - start - 1 : "none";
}
