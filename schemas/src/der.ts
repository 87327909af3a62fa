/** A value of DER (X.690) as it stands in its bytes: signatures are over exactly these, so that nothing may be encoded anew. */
export interface DerValue<Bytes extends Uint8Array = Uint8Array> {
  readonly tag: number;
  /** Tag, length and content. */
  readonly whole: Bytes;
  readonly content: Bytes;
}

/** The values that stand in the bytes one behind the other; throws RangeError at the first fault. */
export function readDer<Bytes extends Uint8Array>(bytes: Bytes): DerValue<Bytes>[] {
  const values: DerValue<Bytes>[] = [];
  for (let offset = 0; offset < bytes.length;) {
    const value = readValue(bytes.subarray(offset) as Bytes);
    values.push(value);
    offset += value.whole.length;
  }
  return values;
}

/** Definite lengths of at most three bytes, tags of one: all that requests and lists of many thousand certificates need. */
function readValue<Bytes extends Uint8Array>(bytes: Bytes): DerValue<Bytes> {
  const [tag, first] = bytes;
  if (tag === undefined || first === undefined || (tag & 0x1f) === 0x1f) throw new RangeError("no DER value");
  const more = first < 0x80 ? 0 : first & 0x7f;
  if (first >= 0x80 && (more === 0 || more > 3)) throw new RangeError("a DER length that is not supported");
  const start = 2 + more;
  const length = more === 0 ? first : bytes.subarray(2, start).reduce((sum, byte) => sum * 256 + byte, 0);
  if (bytes.length < start + length) throw new RangeError("a DER value that is cut off");
  return {
    tag,
    whole: bytes.subarray(0, start + length) as Bytes,
    content: bytes.subarray(start, start + length) as Bytes,
  };
}
