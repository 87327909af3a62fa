import { PlatformError } from "@smp/schemas";

/** Enough of a capture to tell hex from bytes. */
const PROBE_BYTES = 64;
const HEX_TEXT = /^[\s0-9a-fA-FxX:,;-]*$/;
const CHUNK_BYTES = 65_536;

/**
 * The bytes of a capture that may be hex text: digits with blanks, colons, commas or 0x between, `#` to the end of a
 * line for remarks. `hex`: it is hex for sure, instead of judging by its begin.
 *
 * @throws PlatformError at a character that is no hex, after all bytes before it were given
 */
export async function* captureBytes(
  source: AsyncIterable<Uint8Array>,
  hex: boolean,
): AsyncGenerator<Uint8Array> {
  let decoder: HexDecoder | undefined = hex ? new HexDecoder() : undefined;
  let probe: Uint8Array | undefined = hex ? undefined : new Uint8Array(0);
  for await (const chunk of source) {
    let bytes: Uint8Array = chunk;
    if (probe !== undefined) {
      bytes = Buffer.concat([probe, chunk]);
      probe = bytes.length < PROBE_BYTES ? bytes : undefined;
      if (probe !== undefined) continue;
      if (looksLikeHex(bytes)) decoder = new HexDecoder();
    }
    for (let at = 0; at < bytes.length; at += CHUNK_BYTES)
      yield* convert(bytes.subarray(at, at + CHUNK_BYTES), decoder);
  }
  if (probe !== undefined && probe.length > 0) {
    if (looksLikeHex(probe)) decoder = new HexDecoder();
    yield* convert(probe, decoder);
  }
  decoder?.end();
}

function looksLikeHex(bytes: Uint8Array): boolean {
  const text = Buffer.from(bytes.subarray(0, CHUNK_BYTES))
    .toString("latin1")
    .replace(/^\u00ef\u00bb\u00bf/, "");
  return HEX_TEXT.test(text.replace(/#.*$/gm, "")) && /[0-9a-fA-F]/.test(text);
}

function* convert(bytes: Uint8Array, decoder: HexDecoder | undefined): Generator<Uint8Array> {
  if (decoder === undefined) {
    yield bytes;
    return;
  }
  yield decoder.push(bytes);
  decoder.check();
}

const SEPARATORS = new Set(" \t\r\n:,;-".split("").map((character) => character.charCodeAt(0)));
const BYTE_ORDER_MARK = new Set([0xef, 0xbb, 0xbf]);
const HASH = 0x23;
const NEWLINE = 0x0a;
const X = 0x78;

class HexDecoder {
  #high = -1;
  #position = 0;
  #remark = false;
  #wrong: number | undefined;

  push(text: Uint8Array): Uint8Array {
    const bytes = new Uint8Array(text.length / 2 + 1);
    let length = 0;
    for (const code of text) {
      if (this.#wrong !== undefined) break;
      this.#position++;
      const digit = this.#digit(code);
      if (digit < 0) continue;
      if (this.#high < 0) this.#high = digit;
      else {
        bytes[length++] = this.#high * 16 + digit;
        this.#high = -1;
      }
    }
    return bytes.subarray(0, length);
  }

  /** Value of a digit; -1 for what stands between digits. */
  #digit(code: number): number {
    if (this.#remark) {
      this.#remark = code !== NEWLINE;
      return -1;
    }
    if (code === HASH) this.#remark = true;
    if (code === HASH || SEPARATORS.has(code) || (this.#position <= 3 && BYTE_ORDER_MARK.has(code)))
      return -1;
    if ((code | 0x20) === X && this.#high === 0) {
      this.#high = -1;
      return -1;
    }
    const digit = Number.parseInt(String.fromCharCode(code), 16);
    if (Number.isNaN(digit)) this.#wrong = code;
    return Number.isNaN(digit) ? -1 : digit;
  }

  check(): void {
    if (this.#wrong === undefined) return;
    const shown = JSON.stringify(String.fromCharCode(this.#wrong));
    throw new PlatformError(
      "hex",
      `character ${this.#position} of the capture, ${shown}, is no hex digit: a capture is hex text to its end, or bytes`,
    );
  }

  end(): void {
    if (this.#high >= 0)
      throw new PlatformError("hex", "the capture has an odd number of hex digits: its last byte is cut");
  }
}
