import { FRAME_BYTES_MAX, type FrameFormat, more, NONE, type Verdict } from "./frame.ts";
import { findMbusHeader, MBUS_HEADER_BYTES } from "./mbus-frame.ts";
import { measureNotification } from "./measure-notification.ts";

/* A DLMS APDU without an envelope: what owners have decrypted, and DSMR telegrams inside general-glo-ciphering.
     ciphered => DB|DC 08 title length security-control ...; the title begins with the maker's three letters
     plain    => 0F ..., see data-notification.ts; its own structure says where it ends */
const GENERAL_GLO_CIPHERING = 0xdb;
const GENERAL_DED_CIPHERING = 0xdc;
const DATA_NOTIFICATION = 0x0f;
const TITLE_BYTES = 8;
const MAKER_LETTERS = 3;
/** Tag, title with its length, first byte of the APDU's length. */
const HEADER_BYTES = 11;
/** Security control and frame counter. */
const LENGTH_MIN = 5;

export const dlmsFrame: FrameFormat = {
  protocol: "dlms",
  startBytes: [GENERAL_GLO_CIPHERING, GENERAL_DED_CIPHERING, DATA_NOTIFICATION],
  read(bytes, start, end, resume, last) {
    return followsEnvelope(bytes, start) ? NONE : readApdu(bytes, start, end, resume, last);
  },
};

/** For streams that are known to be bare: dumps that lost their envelopes may have kept a piece of them. */
export const bareDlmsFrame: FrameFormat = { ...dlmsFrame, read: readApdu };

function readApdu(bytes: Uint8Array, start: number, end: number, _resume: number, last: boolean): Verdict {
  const read = bytes[start] === DATA_NOTIFICATION ? readPlain : readCiphered;
  return read(bytes, start, end, last);
}

function readCiphered(bytes: Uint8Array, start: number, end: number, last: boolean): Verdict {
  const available = end - start;
  if (available > 1 && bytes[start + 1] !== TITLE_BYTES) return NONE;
  for (let index = 2; index < Math.min(available, 2 + MAKER_LETTERS); index++)
    if (!isCapital(bytes[start + index] as number)) return NONE;
  if (available < HEADER_BYTES) return waitFor(HEADER_BYTES);
  const form = bytes[start + HEADER_BYTES - 1] as number;
  const lengthBytes = form < 0x80 ? 0 : form & 0x7f;
  if (lengthBytes > 2 || form === 0x80) return NONE;
  const header = HEADER_BYTES + lengthBytes;
  if (available <= header) return waitFor(header + 1);
  let length = lengthBytes === 0 ? form : 0;
  for (let index = 0; index < lengthBytes; index++)
    length = length * 256 + (bytes[start + HEADER_BYTES + index] as number);
  // Suites 0 to 2; neither plain nor compressed.
  const security = bytes[start + header] as number;
  if (length < LENGTH_MIN || (security & 0x8c) !== 0 || (security & 0x30) === 0) return NONE;
  if (available < header + length) return waitFor(header + length);
  return whole(bytes, start, end, header + length, last);
}

function readPlain(bytes: Uint8Array, start: number, end: number, last: boolean): Verdict {
  const measured = measureNotification(bytes, start, Math.min(end, start + FRAME_BYTES_MAX));
  if (measured === "invalid") return NONE;
  return measured.kind === "more" ? waitFor(measured.need) : whole(bytes, start, end, measured.length, last);
}

/** Nothing marks an APDU's end, so silence does. */
const waitFor = (need: number): Verdict => more(need, 0, true);

/**
 * An APDU that lost the header of its first frame goes on, past a checksum and the next frame's header, in the next frame:
 * what it seems to be is not what the meter said. A header that begins at its last byte shows only beyond its end.
 */
function whole(bytes: Uint8Array, start: number, end: number, length: number, last: boolean): Verdict {
  const seenEnd = start + length + MBUS_HEADER_BYTES - 1;
  const header = findMbusHeader(bytes, start, Math.min(end, seenEnd));
  if (header === "found") return NONE;
  if (header === "maybe" && !last && end < seenEnd) return waitFor(seenEnd - start);
  return { kind: "frame", length, frame: { protocol: "dlms", apdu: bytes.slice(start, start + length) } };
}

const isCapital = (byte: number): boolean => byte >= 0x41 && byte <= 0x5a;

/* What stands before an APDU in its envelope, and how many of these bytes suffice to know it although one is damaged. */
const MBUS_HEADER = [0x68, null, null, 0x68, 0x53, 0xff, null, 0x01, 0x67];
const MBUS_BYTES_MIN = 4;
const LLC_HEADER = [0xe6, 0xe7, 0x00];
const LLC_BYTES_MIN = 2;
const FIRST_BLOCK_HEADER = [0xe0, null, 0x00, 0x01, 0x00, 0x00, null];
const BLOCK_BYTES_MIN = 4;

/** Whether this APDU belongs to a frame that was refused: it must not come in through the back door, unchecked. */
function followsEnvelope(bytes: Uint8Array, at: number): boolean {
  return (
    alike(bytes, at, MBUS_HEADER) >= MBUS_BYTES_MIN ||
    alike(bytes, at, LLC_HEADER) >= LLC_BYTES_MIN ||
    alike(bytes, at, FIRST_BLOCK_HEADER) >= BLOCK_BYTES_MIN
  );
}

function alike(bytes: Uint8Array, at: number, header: readonly (number | null)[]): number {
  const from = at - header.length;
  return header.filter((byte, index) => byte !== null && from + index >= 0 && bytes[from + index] === byte)
    .length;
}
