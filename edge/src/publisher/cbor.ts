/*
 * The contract's subset of CBOR (RFC 8949), its preferred serialisation: definite lengths, shortest integers, float64,
 * no tags. Written here because cbor-x makes two-byte map heads (`b9 00 02`) and turns integers above 2^32, so every
 * `t`, into float64: both are legal CBOR, and neither is the contract's golden form.
 */
type Value = number | string | { readonly [key: string]: Value | undefined };

const MAJOR_UNSIGNED = 0;
const MAJOR_NEGATIVE = 1;
const MAJOR_TEXT = 3;
const MAJOR_ARRAY = 4;
const MAJOR_MAP = 5;
const FLOAT64 = 0xfb;

/** A map in CBOR; keys with the value `undefined` are left out. */
export function encodeCbor(value: Value): Uint8Array {
  const parts: Buffer[] = [];
  write(value, parts);
  return Buffer.concat(parts);
}

/** The head of an array whose elements follow, already encoded. */
export const arrayHead = (length: number): Uint8Array => head(MAJOR_ARRAY, length);

function write(value: Value, parts: Buffer[]): void {
  if (typeof value === "number") parts.push(number(value));
  else if (typeof value === "string")
    parts.push(head(MAJOR_TEXT, Buffer.byteLength(value)), Buffer.from(value));
  else {
    const entries = Object.entries(value).filter(([, entry]) => entry !== undefined) as [string, Value][];
    parts.push(head(MAJOR_MAP, entries.length));
    for (const [key, entry] of entries) {
      write(key, parts);
      write(entry, parts);
    }
  }
}

function number(value: number): Buffer {
  if (Number.isSafeInteger(value))
    return value < 0 ? head(MAJOR_NEGATIVE, -1 - value) : head(MAJOR_UNSIGNED, value);
  if (!Number.isFinite(value)) throw new RangeError(`${value} is no value of a reading`);
  const bytes = Buffer.allocUnsafe(9);
  bytes[0] = FLOAT64;
  bytes.writeDoubleBE(value, 1);
  return bytes;
}

function head(major: number, argument: number): Buffer {
  const first = major << 5;
  if (argument < 24) return Buffer.from([first | argument]);
  if (argument < 0x100) return Buffer.from([first | 24, argument]);
  const [size, bytes] = argument < 0x1_0000 ? [25, 2] : argument < 0x1_0000_0000 ? [26, 4] : [27, 8];
  const encoded = Buffer.allocUnsafe(1 + bytes);
  encoded[0] = first | size;
  if (bytes === 8) encoded.writeBigUInt64BE(BigInt(argument), 1);
  else encoded.writeUIntBE(argument, 1, bytes);
  return encoded;
}
