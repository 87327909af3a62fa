import type { Client } from "aedes";

const NOTHING = Buffer.alloc(0);
/** Longer than every topic of the contract. A longer text is not kept for the next packet. */
const TEXT_CHARACTERS_MAX = 256;

/** Bytes that have come and are not yet read, with what mqtt-packet's parser asks of a `BufferList` of the package bl. */
export class PacketBytes {
  #bytes: Buffer = NOTHING;
  #at = 0;
  /** A device says the same topic again and again: made anew, it is hashed anew by each map that knows it. */
  #lastText = "";

  get length(): number {
    return this.#bytes.length - this.#at;
  }

  append(chunk: Buffer): void {
    this.#bytes = this.length === 0 ? chunk : Buffer.concat([this.#bytes.subarray(this.#at), chunk]);
    this.#at = 0;
  }

  /** Whoever has read everything holds no memory: most connections are idle. */
  consume(count: number): void {
    this.#at += count;
    if (this.length <= 0) [this.#bytes, this.#at] = [NOTHING, 0];
  }

  readUInt8(offset: number): number {
    return this.#bytes[this.#at + offset] ?? 0;
  }

  readUInt16BE(offset: number): number {
    return this.readUInt8(offset) * 256 + this.readUInt8(offset + 1);
  }

  readUInt32BE(offset: number): number {
    return this.readUInt16BE(offset) * 65_536 + this.readUInt16BE(offset + 2);
  }

  slice(start: number, end: number): Buffer {
    return this.#bytes.subarray(this.#at + start, this.#at + end);
  }

  toString(encoding: BufferEncoding, start: number, end: number): string {
    if (this.#isLastText(start, end)) return this.#lastText;
    const text = this.#bytes.toString(encoding, this.#at + start, this.#at + end);
    if (text.length <= TEXT_CHARACTERS_MAX) this.#lastText = text;
    return text;
  }

  /** Only of ASCII are the bytes the characters' codes, in every encoding that is asked for. */
  #isLastText(start: number, end: number): boolean {
    const text = this.#lastText;
    if (text.length !== end - start) return false;
    for (let index = 0, at = this.#at + start; index < text.length; index++, at++) {
      const byte = this.#bytes[at];
      if (byte !== text.charCodeAt(index) || byte > 0x7f) return false;
    }
    return true;
  }
}

/**
 * For each step of the parser bl cuts out a Buffer of its own, six times a PUBLISH. This reads bytes where they are. It
 * reaches into mqtt-packet 9, as `limitPackets` does; after an error the parser has a new list, and is only slower.
 */
export function readInPlace(client: Client): void {
  (client as unknown as { _parser: { _list: PacketBytes } })._parser._list = new PacketBytes();
}
