/* Just enough DER (X.690) for a signing request and for the certificates in an answer. */

export const SEQUENCE = 0x30;
export const SET = 0x31;

/** A value of a tag around its parts. */
export function tlv(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  const size =
    body.length < 0x80 ? [] : body.length < 0x100 ? [body.length] : [body.length >> 8, body.length & 0xff];
  const length = size.length === 0 ? [body.length] : [0x80 | size.length, ...size];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}

export interface Tlv {
  readonly tag: number;
  /** Tag, length and content. */
  readonly whole: Buffer;
  readonly content: Buffer;
}

/** The values that stand in the bytes one behind the other; throws RangeError when they are cut off or too large. */
export function readAll(bytes: Buffer): Tlv[] {
  const values: Tlv[] = [];
  for (let offset = 0; offset < bytes.length;) {
    const value = read(bytes.subarray(offset));
    values.push(value);
    offset += value.whole.length;
  }
  return values;
}

function read(bytes: Buffer): Tlv {
  const [tag, first] = bytes;
  if (tag === undefined || first === undefined || (tag & 0x1f) === 0x1f) throw new RangeError("no DER value");
  const more = first < 0x80 ? 0 : first & 0x7f;
  if (first >= 0x80 && (more === 0 || more > 3 || bytes.length < 2 + more))
    throw new RangeError("a DER length that is not supported");
  const end = 2 + more + (more === 0 ? first : bytes.readUIntBE(2, more));
  if (bytes.length < end) throw new RangeError("a DER value that is cut off");
  return { tag, whole: bytes.subarray(0, end), content: bytes.subarray(2 + more, end) };
}
