import { crc16Arc } from "./crc16.ts";
import { DAMAGED, type FrameFormat, more, NONE, type Verdict } from "./frame.ts";

/* DSMR P1 telegram => /XXXbident CRLF CRLF lines ! [crc] CRLF
     crc => up to 4 hex digits of CRC-16/ARC over '/' to '!'; versions 2 and 3 have none, some meters do not zero-pad it */
const SLASH = 0x2f;
const BANG = 0x21;
const CR = 0x0d;
const LF = 0x0a;
const MAKER_BYTES = 3;
const CRC_DIGITS = 4;

export const dsmrFrame: FrameFormat = {
  protocol: "dsmr",
  startBytes: [SLASH],
  read(bytes, start, end, resume, last) {
    const head = Math.min(end - start, 1 + MAKER_BYTES);
    for (let index = 1; index < head; index++) if (!isLetter(bytes[start + index] as number)) return NONE;
    if (head <= MAKER_BYTES) return more(1 + MAKER_BYTES);
    for (let at = start + Math.max(resume, head); at < end; at++) {
      const byte = bytes[at] as number;
      if (byte !== CR && byte !== LF && (byte < 0x20 || byte > 0x7e)) return NONE;
      if (bytes[at - 1] !== LF) continue;
      // A slash may stand inside a text; at the begin of a line it starts another telegram.
      if (byte === SLASH) return DAMAGED;
      if (byte !== BANG) continue;
      const verdict = close(bytes, start, at, end, last);
      if (verdict !== undefined) return verdict;
    }
    return more(end - start + 1, end - start);
  },
};

const isLetter = (byte: number): boolean => (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a;

function hexValue(byte: number | undefined): number {
  if (byte === undefined) return -1;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

/** `undefined`: what follows the `!` is no checksum, so the telegram goes on. */
function close(
  bytes: Uint8Array,
  start: number,
  bangAt: number,
  end: number,
  last: boolean,
): Verdict | undefined {
  let at = bangAt + 1;
  let crc = 0;
  while (at < end && at <= bangAt + CRC_DIGITS && hexValue(bytes[at]) >= 0)
    crc = crc * 16 + hexValue(bytes[at++]);
  const digits = at - bangAt - 1;
  // The line end comes right away; only a source that has ended may lack it.
  if (at + 2 > end && !last && (at === end || bytes[at] === CR)) return more(end - start + 1, bangAt - start);
  const endOfLine = at < end && (bytes[at] === CR || bytes[at] === LF);
  if (!endOfLine && at < end && digits < CRC_DIGITS) return undefined;
  if (digits > 0 && !matches(bytes, start, bangAt + 1, crc)) return DAMAGED;
  while (at < end && (bytes[at] === CR || bytes[at] === LF)) at++;
  const telegram = bytes.slice(start, bangAt + 1);
  return { kind: "frame", length: at - start, frame: { protocol: "dsmr", telegram, checked: digits > 0 } };
}

/** Files lose their CRs on the way through editors and version control; the CRC was computed with them. */
function matches(bytes: Uint8Array, start: number, end: number, crc: number): boolean {
  if (crc16Arc(bytes, start, end) === crc) return true;
  const telegram = bytes.subarray(start, end);
  if (telegram.includes(CR)) return false;
  const restored: number[] = [];
  for (const byte of telegram) restored.push(...(byte === LF ? [CR, LF] : [byte]));
  return crc16Arc(Uint8Array.from(restored), 0, restored.length) === crc;
}
