/** Writes big-endian fields into one buffer that grows to the largest telegram and no further. */
export class ByteWriter {
  #buffer: Buffer = Buffer.alloc(512);
  #length = 0;

  u8(value: number): this {
    this.#reserve(1);
    this.#length = this.#buffer.writeUInt8(value, this.#length);
    return this;
  }

  u16(value: number): this {
    this.#reserve(2);
    this.#length = this.#buffer.writeUInt16BE(value, this.#length);
    return this;
  }

  u32(value: number): this {
    this.#reserve(4);
    this.#length = this.#buffer.writeUInt32BE(value, this.#length);
    return this;
  }

  i16(value: number): this {
    return this.u16(value & 0xff_ff);
  }

  bytes(value: Uint8Array): this {
    this.#reserve(value.length);
    this.#buffer.set(value, this.#length);
    this.#length += value.length;
    return this;
  }

  /** A-XDR length: one byte below 80h, else 81h nn or 82h nn nn. */
  length(value: number): this {
    if (value < 0x80) return this.u8(value);
    return value < 0x100 ? this.u8(0x81).u8(value) : this.u8(0x82).u16(value);
  }

  result(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#buffer.length) return;
    const larger = Buffer.alloc(2 * (this.#length + count));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}
