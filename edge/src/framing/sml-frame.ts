import { crc16X25 } from "./crc16.ts";
import { DAMAGED, type FrameFormat, more, NONE, type Verdict } from "./frame.ts";

/* SML transport v1 => 1B1B1B1B 01010101 messages padding 1B1B1B1B 1A padding-length crc
     1B1B1B1B 1B1B1B1B inside stands for four data bytes 1B
     crc => CRC-16/X-25 over everything before it; makers disagree about the order of its bytes */
const ESCAPE = 0x1b;
const VERSION = 0x01;
const END = 0x1a;
const GROUP_BYTES = 4;
const START_BYTES = 8;
const PADDING_MAX = 3;

export const smlFrame: FrameFormat = {
  protocol: "sml",
  startBytes: [ESCAPE],
  read(bytes, start, end, resume) {
    const head = Math.min(end - start, START_BYTES);
    for (let index = 0; index < head; index++)
      if (bytes[start + index] !== (index < GROUP_BYTES ? ESCAPE : VERSION)) return NONE;
    if (head < START_BYTES) return more(START_BYTES);
    return findEnd(bytes, start, end, Math.max(resume, START_BYTES));
  },
};

const isGroup = (bytes: Uint8Array, at: number, byte: number): boolean =>
  bytes[at] === byte && bytes[at + 1] === byte && bytes[at + 2] === byte && bytes[at + 3] === byte;

function findEnd(bytes: Uint8Array, start: number, end: number, from: number): Verdict {
  let at = start + from;
  while (at + 2 * GROUP_BYTES <= end) {
    if (!isGroup(bytes, at, ESCAPE)) at++;
    else if (bytes[at + GROUP_BYTES] === END) return close(bytes, start, at);
    else if (isGroup(bytes, at + GROUP_BYTES, ESCAPE)) at += 2 * GROUP_BYTES;
    // A data byte 1B may stand directly before an escape.
    else if (bytes[at + GROUP_BYTES] === ESCAPE) at++;
    // Another start: this file was cut.
    else return DAMAGED;
  }
  return more(end - start + 1, at - start);
}

function close(bytes: Uint8Array, start: number, endAt: number): Verdict {
  const crcAt = endAt + GROUP_BYTES + 2;
  const padding = bytes[crcAt - 1] as number;
  const crc = crc16X25(bytes, start, crcAt);
  const [first, second] = [bytes[crcAt] as number, bytes[crcAt + 1] as number];
  if ((crc !== ((second << 8) | first) && crc !== ((first << 8) | second)) || padding > PADDING_MAX)
    return DAMAGED;
  const file = unescape(bytes.subarray(start + START_BYTES, endAt));
  return {
    kind: "frame",
    length: crcAt + 2 - start,
    frame: { protocol: "sml", file: file.subarray(0, Math.max(0, file.length - padding)) },
  };
}

function unescape(escaped: Uint8Array): Uint8Array {
  const plain = new Uint8Array(escaped.length);
  let length = 0;
  for (let at = 0; at < escaped.length;) {
    const literal = isGroup(escaped, at, ESCAPE) && isGroup(escaped, at + GROUP_BYTES, ESCAPE);
    if (literal) {
      plain.fill(ESCAPE, length, length + GROUP_BYTES);
      length += GROUP_BYTES;
      at += 2 * GROUP_BYTES;
    } else plain[length++] = escaped[at++] as number;
  }
  return plain.subarray(0, length);
}
