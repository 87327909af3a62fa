import { Malformed } from "./malformed.ts";

/** Reads big-endian fields from front to back; throws `Malformed` beyond the end. */
export class Reader {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  position: number;

  constructor(bytes: Uint8Array, position = 0) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.position = position;
  }

  get left(): number {
    return this.bytes.length - this.position;
  }

  take(count: number): Uint8Array {
    const at = this.#advance(count);
    return this.bytes.subarray(at, at + count);
  }

  uint8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  int8(): number {
    return this.#view.getInt8(this.#advance(1));
  }

  uint16(): number {
    return this.#view.getUint16(this.#advance(2));
  }

  int16(): number {
    return this.#view.getInt16(this.#advance(2));
  }

  uint32(): number {
    return this.#view.getUint32(this.#advance(4));
  }

  int32(): number {
    return this.#view.getInt32(this.#advance(4));
  }

  uint64(): bigint {
    return this.#view.getBigUint64(this.#advance(8));
  }

  int64(): bigint {
    return this.#view.getBigInt64(this.#advance(8));
  }

  float32(): number {
    return this.#view.getFloat32(this.#advance(4));
  }

  float64(): number {
    return this.#view.getFloat64(this.#advance(8));
  }

  /** A-XDR length or count: below 80h itself, else 81h..84h and that many bytes. */
  length(): number {
    const first = this.uint8();
    if (first < 0x80) return first;
    const size = first & 0x7f;
    if (size < 1 || size > 4) throw new Malformed(`length form 0x${first.toString(16)} is not allowed`);
    let length = 0;
    for (let index = 0; index < size; index++) length = length * 256 + this.uint8();
    return length;
  }

  #advance(count: number): number {
    const at = this.position;
    if (at + count > this.bytes.length)
      throw new Malformed(`${count} bytes expected at ${at}, ${this.left} are left`);
    this.position = at + count;
    return at;
  }
}
