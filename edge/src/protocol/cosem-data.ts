import { isBareDescriptor } from "../framing/bare-descriptor.ts";
import { Malformed } from "./malformed.ts";
import { toLatin1 } from "./octets.ts";
import { looksLikeObis } from "./obis.ts";
import type { Reader } from "./reader.ts";

/** A COSEM value (IEC 62056-6-2, 4.1.5). `tag` keeps apart what JavaScript does not: int8 from enum, u32 from i32. */
export type CosemData =
  | { kind: "null" }
  | { kind: "boolean"; value: boolean }
  | { kind: "number"; tag: number; value: number | bigint }
  | { kind: "octets"; value: Uint8Array }
  | { kind: "text"; value: string }
  /** `bits` counts from the most significant bit of the first byte. */
  | { kind: "bits"; bits: number; value: Uint8Array }
  /** `date-time` has 12 bytes, `date` 5, `time` 4. */
  | { kind: "date-time" | "date" | "time"; value: Uint8Array }
  | { kind: "structure" | "array"; items: CosemData[] };

export const TAG = {
  null: 0x00,
  array: 0x01,
  structure: 0x02,
  boolean: 0x03,
  bitString: 0x04,
  int32: 0x05,
  uint32: 0x06,
  octetString: 0x09,
  visibleString: 0x0a,
  utf8String: 0x0c,
  bcd: 0x0d,
  int8: 0x0f,
  int16: 0x10,
  uint8: 0x11,
  uint16: 0x12,
  compactArray: 0x13,
  int64: 0x14,
  uint64: 0x15,
  enum: 0x16,
  float32: 0x17,
  float64: 0x18,
  dateTime: 0x19,
  date: 0x1a,
  time: 0x1b,
} as const;

const DEPTH_MAX = 12;
/** Values in one APDU; the longest list seen has 150. */
const VALUES_MAX = 2048;
const utf8 = new TextDecoder();

/** Reads one value with all that it contains. @throws Malformed for an unknown tag, or beyond the limits. */
export function readCosemData(reader: Reader): CosemData {
  return new CosemReader(reader).value(0);
}

class CosemReader {
  readonly #reader: Reader;
  #values = 0;

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  value(depth: number): CosemData {
    return this.#body(this.#reader.uint8(), depth);
  }

  #body(tag: number, depth: number): CosemData {
    this.#count();
    const reader = this.#reader;
    switch (tag) {
      case TAG.uint32:
        // Landis+Gyr ZMF100 swaps tag and length of some OBIS codes: 06 09 instead of 09 06.
        if (this.#swapsTagAndLength()) return { kind: "octets", value: reader.take(7).subarray(1) };
        return { kind: "number", tag, value: reader.uint32() };
      case TAG.uint16:
        return { kind: "number", tag, value: reader.uint16() };
      case TAG.octetString:
        return { kind: "octets", value: reader.take(reader.length()) };
      case TAG.structure:
        return { kind: "structure", items: this.#items(depth) };
      case TAG.int8:
        return { kind: "number", tag, value: reader.int8() };
      case TAG.enum:
      case TAG.uint8:
        return { kind: "number", tag, value: reader.uint8() };
      case TAG.array:
        return { kind: "array", items: this.#items(depth) };
      default:
        return this.#rare(tag, depth);
    }
  }

  #rare(tag: number, depth: number): CosemData {
    const reader = this.#reader;
    switch (tag) {
      case TAG.null:
        return { kind: "null" };
      case TAG.boolean:
        return { kind: "boolean", value: reader.uint8() !== 0 };
      case TAG.bitString:
        return this.#bits();
      case TAG.int32:
        return { kind: "number", tag, value: reader.int32() };
      case TAG.visibleString:
        return { kind: "text", value: toLatin1(reader.take(reader.length())) };
      case TAG.utf8String:
        return { kind: "text", value: utf8.decode(reader.take(reader.length())) };
      case TAG.bcd: {
        const digits = reader.uint8();
        return { kind: "number", tag, value: (digits >> 4) * 10 + (digits & 0x0f) };
      }
      case TAG.int16:
        return { kind: "number", tag, value: reader.int16() };
      case TAG.compactArray:
        return this.#compactArray(depth);
      case TAG.int64:
        return { kind: "number", tag, value: reader.int64() };
      case TAG.uint64:
        return { kind: "number", tag, value: reader.uint64() };
      case TAG.float32:
        return { kind: "number", tag, value: reader.float32() };
      case TAG.float64:
        return { kind: "number", tag, value: reader.float64() };
      case TAG.dateTime:
        return { kind: "date-time", value: reader.take(12) };
      case TAG.date:
        return { kind: "date", value: reader.take(5) };
      case TAG.time:
        return { kind: "time", value: reader.take(4) };
      default:
        throw new Malformed(`unknown COSEM tag 0x${tag.toString(16)} at byte ${reader.position - 1}`);
    }
  }

  #items(depth: number): CosemData[] {
    const count = this.#reader.length();
    this.#check(count, depth);
    if (count === 2 && this.#atBareDescriptor()) return this.#bareDescriptor(depth);
    const items: CosemData[] = [];
    for (let index = 0; index < count; index++) items.push(this.value(depth + 1));
    return items;
  }

  #swapsTagAndLength(): boolean {
    const { bytes, position } = this.#reader;
    return (
      bytes[position] === TAG.octetString &&
      looksLikeObis(bytes.subarray(position + 1, position + 7)) &&
      bytes[position + 6] === 0xff
    );
  }

  #atBareDescriptor(): boolean {
    const { bytes, position } = this.#reader;
    return isBareDescriptor(bytes, position, bytes.length) === true;
  }

  #bareDescriptor(depth: number): CosemData[] {
    const objectClass: CosemData = { kind: "number", tag: TAG.uint16, value: this.#reader.uint16() };
    const name: CosemData = { kind: "octets", value: this.#reader.take(6) };
    const attribute: CosemData = { kind: "number", tag: TAG.int8, value: this.#reader.int8() };
    return [objectClass, name, attribute, this.value(depth + 1)];
  }

  #bits(): CosemData {
    const bits = this.#reader.length();
    return { kind: "bits", bits, value: this.#reader.take(Math.ceil(bits / 8)) };
  }

  /* compact-array => type-description length contents; the contents are the bodies of the items, without their tags
       type-description => tag | 01 count(u16) type-description | 02 count type-description... */
  #compactArray(depth: number): CosemData {
    const read = this.#description(depth + 1);
    const length = this.#reader.length();
    const end = this.#reader.position + length;
    if (length > this.#reader.left) throw new Malformed("compact array is cut");
    const items: CosemData[] = [];
    while (this.#reader.position < end) {
      const before = this.#reader.position;
      items.push(read());
      if (this.#reader.position === before) throw new Malformed("compact array of empty items");
    }
    if (this.#reader.position !== end) throw new Malformed("compact array's contents do not fill its length");
    return { kind: "array", items };
  }

  #description(depth: number): () => CosemData {
    const tag = this.#reader.uint8();
    this.#check(0, depth);
    if (tag === TAG.array) {
      const count = this.#reader.uint16();
      this.#check(count, depth);
      const item = this.#description(depth + 1);
      return () => {
        this.#count();
        return { kind: "array", items: Array.from({ length: count }, item) };
      };
    }
    if (tag === TAG.structure) {
      const count = this.#reader.length();
      this.#check(count, depth);
      const fields = Array.from({ length: count }, () => this.#description(depth + 1));
      return () => {
        this.#count();
        return { kind: "structure", items: fields.map((field) => field()) };
      };
    }
    return () => this.#body(tag, depth);
  }

  /** Empty lists count, too: a compact array describes thousands of thousands of them in a dozen bytes. */
  #count(): void {
    if (++this.#values > VALUES_MAX) throw new Malformed(`more than ${VALUES_MAX} values`);
  }

  #check(count: number, depth: number): void {
    if (depth >= DEPTH_MAX) throw new Malformed(`nested deeper than ${DEPTH_MAX} levels`);
    if (this.#values + count > VALUES_MAX) throw new Malformed(`more than ${VALUES_MAX} values`);
  }
}
