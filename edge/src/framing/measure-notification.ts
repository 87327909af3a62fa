import { BARE_DESCRIPTOR_BYTES, isBareDescriptor } from "./bare-descriptor.ts";

/**
 * Length of a bare DataNotification from its own structure, without reading its values: the bytes that tell whether
 * one begins here must be cheap to refuse, because every 256th byte of noise is a 0F.
 */
export type Measured = { kind: "whole"; length: number } | { kind: "more"; need: number } | "invalid";

const HEADER_BYTES = 5;
const OCTET_STRING = 0x09;
const DATE_TIME_BYTES = 12;
const ARRAY = 0x01;
const STRUCTURE = 0x02;
const DEPTH_MAX = 12;
/** Body bytes of the types of fixed length. */
const FIXED: Readonly<Record<number, number>> = {
  0x00: 0,
  0x03: 1,
  0x05: 4,
  0x06: 4,
  0x0d: 1,
  0x0f: 1,
  0x10: 2,
  0x11: 1,
  0x12: 2,
  0x14: 8,
  0x15: 8,
  0x16: 1,
  0x17: 4,
  0x18: 8,
  0x19: 12,
  0x1a: 5,
  0x1b: 4,
};
const STRINGS = [OCTET_STRING, 0x0a, 0x0c];
const BIT_STRING = 0x04;

class Cursor {
  at: number;
  readonly #bytes: Uint8Array;
  readonly #end: number;

  constructor(bytes: Uint8Array, at: number, end: number) {
    this.#bytes = bytes;
    this.at = at;
    this.#end = end;
  }

  /** Throws how far the bytes would have to reach. */
  skip(count: number): number {
    const at = this.at;
    if (at + count > this.#end) throw at + count;
    this.at = at + count;
    return this.#bytes[at] as number;
  }

  atBareDescriptor(): boolean {
    const bare = isBareDescriptor(this.#bytes, this.at, this.#end);
    if (bare === "maybe" && this.at < this.#end) throw this.at + BARE_DESCRIPTOR_BYTES;
    return bare === true;
  }

  length(): number {
    const first = this.skip(1);
    if (first < 0x80) return first;
    if (first !== 0x81 && first !== 0x82) throw INVALID;
    let length = this.skip(1);
    if (first === 0x82) length = length * 256 + this.skip(1);
    return length;
  }
}

const INVALID = Symbol("invalid");

export function measureNotification(bytes: Uint8Array, start: number, end: number): Measured {
  const cursor = new Cursor(bytes, start, end);
  try {
    cursor.skip(HEADER_BYTES);
    const marker = cursor.skip(1);
    const dateLength = marker === OCTET_STRING ? cursor.skip(1) : marker;
    if (dateLength === DATE_TIME_BYTES) skipDateTime(cursor);
    else if (dateLength !== 0 || marker === OCTET_STRING) return "invalid";
    const tag = cursor.skip(1);
    if (tag !== STRUCTURE && tag !== ARRAY) return "invalid";
    cursor.at--;
    skipValue(cursor, 0);
    return { kind: "whole", length: cursor.at - start };
  } catch (reason) {
    return typeof reason === "number" ? { kind: "more", need: reason - start } : "invalid";
  }
}

function skipDateTime(cursor: Cursor): void {
  const century = cursor.skip(1);
  const month = (cursor.skip(1), cursor.skip(1));
  if ((century !== 0x07 && century !== 0x08 && century !== 0xff) || (month > 12 && month < 0xfd))
    throw INVALID;
  cursor.skip(DATE_TIME_BYTES - 3);
}

function skipValue(cursor: Cursor, depth: number): void {
  const tag = cursor.skip(1);
  const size = FIXED[tag];
  if (size !== undefined) {
    if (size > 0) cursor.skip(size);
    return;
  }
  if (STRINGS.includes(tag) || tag === BIT_STRING) {
    const length = cursor.length();
    const bytes = tag === BIT_STRING ? Math.ceil(length / 8) : length;
    if (bytes > 0) cursor.skip(bytes);
    return;
  }
  if ((tag !== ARRAY && tag !== STRUCTURE) || depth >= DEPTH_MAX) throw INVALID;
  const count = cursor.length();
  if (count === 0 && depth === 0) throw INVALID;
  const bare = tag === STRUCTURE && count === 2 && cursor.atBareDescriptor();
  if (bare) cursor.skip(BARE_DESCRIPTOR_BYTES);
  for (let index = bare ? 1 : 0; index < count; index++) skipValue(cursor, depth + 1);
}
