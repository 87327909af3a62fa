import { createDecipheriv, type KeyObject } from "node:crypto";
import { type DateTime, toLocalMs } from "./date-time.ts";
import { Malformed } from "./malformed.ts";
import { toHex } from "./octets.ts";

/* Siemens AMIS (OMS security mode 5 inside a wired M-Bus frame), after the CI field 5B:
     id(4, BCD LE) maker(2) version medium access status configuration(2) ciphertext
     AES-128-CBC, IV => maker id version medium, then the access number 8 times
     plaintext => 2F 2F records; record => DIF [DIFE...] VIF [VIFE...] data, little-endian; 2F fills up */
const AMIS_CONTROL_INFORMATION = 0x5b;
const HEADER_BYTES = 12;
const BLOCK_BYTES = 16;
const FILLER = 0x2f;
const EXTENSION = 0x80;
/** Data bytes by the low four bits of the DIF. */
const DATA_BYTES: Readonly<Record<number, number>> = {
  0: 0,
  1: 1,
  2: 2,
  3: 3,
  4: 4,
  6: 6,
  7: 8,
  9: 1,
  10: 2,
  11: 3,
  12: 4,
  14: 6,
};

export interface AmisTelegram {
  /** Meter number, 8 digits. */
  meter: string;
  /** Hex of DIF and VIF to the data bytes, as on the wire. */
  records: Map<string, Uint8Array>;
}

/** Whether M-Bus application data, from its CI field on, has this form. */
export const isAmis = (bytes: Uint8Array): boolean =>
  bytes[0] === AMIS_CONTROL_INFORMATION && bytes.length >= 1 + HEADER_BYTES + BLOCK_BYTES;

/** `undefined`: the key does not fit, the text lacks its check bytes. @throws Malformed for records that are none */
export function readAmis(bytes: Uint8Array, key: KeyObject): AmisTelegram | undefined {
  const header = bytes.subarray(1, 1 + HEADER_BYTES);
  const ciphertext = bytes.subarray(1 + HEADER_BYTES);
  if (ciphertext.length % BLOCK_BYTES !== 0)
    throw new Malformed("the AMIS ciphertext is no multiple of 16 bytes");
  const iv = new Uint8Array(BLOCK_BYTES).fill(header[8] as number);
  iv.set(header.subarray(4, 6));
  iv.set(header.subarray(0, 4), 2);
  iv.set(header.subarray(6, 8), 6);
  const decipherer = createDecipheriv("aes-128-cbc", key, iv).setAutoPadding(false);
  const plain = decipherer.update(ciphertext);
  if (plain[0] !== FILLER || plain[1] !== FILLER) return undefined;
  return { meter: toHex(header.subarray(0, 4).toReversed()), records: readRecords(plain) };
}

function readRecords(plain: Uint8Array): AmisTelegram["records"] {
  const records: AmisTelegram["records"] = new Map();
  let at = 0;
  while (at < plain.length) {
    if (plain[at] === FILLER) {
      at++;
      continue;
    }
    const start = at;
    const size = DATA_BYTES[(plain[at] as number) & 0x0f];
    at = afterChain(plain, afterChain(plain, at));
    if (size === undefined || at + size > plain.length)
      throw new Malformed("an AMIS record is cut or of unknown type");
    records.set(toHex(plain.subarray(start, at)), plain.subarray(at, at + size));
    at += size;
  }
  return records;
}

/** A DIF or VIF with bit 7 set is followed by another byte. */
function afterChain(bytes: Uint8Array, at: number): number {
  while (at < bytes.length && ((bytes[at] as number) & EXTENSION) !== 0) at++;
  return at + 1;
}

export function toIntegerLittleEndian(data: Uint8Array, signed: boolean): number {
  const value = Number(`0x${toHex(data.toReversed()) || "0"}`);
  const range = 2 ** (data.length * 8);
  return signed && value >= range / 2 ? value - range : value;
}

/* CP48 => second(0-5) and daylight saving(6), minute(0-5) and time invalid(7), hour, day and year, month and year, week;
     EN 13757-3 annex A, type I */
export function readCp48(data: Uint8Array): DateTime | undefined {
  const [second = 0, minute = 0, hour = 0, day = 0, month = 0] = data;
  const year = 2000 + ((day & 0xe0) >> 5) + ((month & 0xf0) >> 1);
  const localMs = toLocalMs(year, month & 0x0f, day & 0x1f, hour & 0x1f, minute & 0x3f, second & 0x3f);
  if (localMs === undefined) return undefined;
  const quality = (minute & 0x80) === 0 ? "ok" : "invalid";
  return { localMs, offsetMinutes: null, daylightSaving: (second & 0x40) !== 0, quality };
}
