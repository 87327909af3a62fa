import { Malformed } from "./malformed.ts";
import { Reader } from "./reader.ts";

/* general-block-transfer => E0 control block-number(u16) acknowledged(u16) length data
     control => bit 7 last block, bit 6 streaming, bits 0-5 window
   The APDU is cut, ciphertext and all; a block alone means nothing. */
const GENERAL_BLOCK_TRANSFER = 0xe0;
const LAST = 0x80;
const BYTES_MAX = 8192;

export const isBlock = (apdu: Uint8Array): boolean => apdu[0] === GENERAL_BLOCK_TRANSFER;

export interface BlockResult {
  /** The whole APDU, and how many frames its blocks came in. */
  apdu?: Uint8Array;
  frames: number;
  /** Why blocks were thrown away. */
  lost?: string;
}

/** Joins blocks into APDUs: block 1 begins, every other must follow its predecessor. */
export class BlockTransfer {
  #data = new Uint8Array(0);
  #blocks = 0;
  #frames = 0;

  add(block: Uint8Array, frames: number): BlockResult {
    const reader = new Reader(block, 1);
    const control = reader.uint8();
    const number = reader.uint16();
    reader.uint16();
    const length = reader.length();
    if (length !== reader.left)
      throw new Malformed(`block ${number} declares ${length} bytes and has ${reader.left}`);
    const result: BlockResult = { frames: 0 };
    const expected = this.#blocks + 1;
    if (number !== expected) {
      result.lost = `block ${expected} of a block transfer is missing, block ${number} came`;
      this.#reset();
      if (number !== 1) return result;
    }
    if (this.#data.length + length > BYTES_MAX) {
      this.#reset();
      return { frames: 0, lost: "a block transfer exceeds 8 KiB" };
    }
    const joined = new Uint8Array(this.#data.length + length);
    joined.set(this.#data);
    joined.set(reader.take(length), this.#data.length);
    this.#data = joined;
    this.#blocks = number;
    this.#frames += frames;
    if ((control & LAST) === 0) return result;
    const whole = { ...result, apdu: this.#data, frames: this.#frames };
    this.#reset();
    return whole;
  }

  /** The source has ended: why an incomplete transfer is lost, if there is one. */
  end(): string | undefined {
    const blocks = this.#blocks;
    this.#reset();
    return blocks === 0 ? undefined : `the source ended after block ${blocks} of a block transfer`;
  }

  #reset(): void {
    this.#data = new Uint8Array(0);
    this.#blocks = 0;
    this.#frames = 0;
  }
}
