/** One DER value as it stands in its bytes: signatures are over exactly these, so that nothing may be encoded anew. */
export interface Tlv {
  readonly tag: number;
  /** Tag, length and content. */
  readonly whole: Buffer;
  readonly content: Buffer;
}

/** Splits bytes into the DER values that stand in them one behind the other; throws RangeError at the first fault. */
export function readAll(bytes: Buffer): Tlv[] {
  const values: Tlv[] = [];
  for (let offset = 0; offset < bytes.length;) {
    const value = read(bytes.subarray(offset));
    values.push(value);
    offset += value.whole.length;
  }
  return values;
}

/** Reads one DER value that fills the bytes to their end. */
export function readOne(bytes: Buffer): Tlv {
  const value = read(bytes);
  if (value.whole.length !== bytes.length) throw new RangeError("bytes behind the DER value");
  return value;
}

/** The values inside a constructed value with this tag. */
export function readParts(value: Tlv | undefined, tag: number): Tlv[] {
  if (value?.tag !== tag) throw new RangeError(`no value with tag 0x${tag.toString(16)}`);
  return readAll(value.content);
}

/** Definite lengths of at most three bytes, tags of one: all that requests and lists of many thousand certificates need. */
function read(bytes: Buffer): Tlv {
  const [tag, first] = bytes;
  if (tag === undefined || first === undefined || (tag & 0x1f) === 0x1f) throw new RangeError("no DER value");
  const more = first < 0x80 ? 0 : first & 0x7f;
  if (first >= 0x80 && (more === 0 || more > 3 || bytes.length < 2 + more))
    throw new RangeError("a DER length that is not supported");
  const length = more === 0 ? first : bytes.readUIntBE(2, more);
  const start = 2 + more;
  if (bytes.length < start + length) throw new RangeError("a DER value that is cut off");
  const whole = bytes.subarray(0, start + length);
  return { tag, whole, content: whole.subarray(start) };
}
