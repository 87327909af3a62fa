/**
 * What runs between the platform and an extension's process:
 *
 *   frame => length(u32 BE, of all that follows) head-length(u32 BE) head(JSON) bytes(the rest)
 *
 * JSON, because the platform must be able to read whatever an extension's process writes there without running it.
 */
export interface Frame {
  head: Readonly<Record<string, unknown>>;
  bytes: Buffer;
}

const NOTHING = Buffer.alloc(0);

export function encodeFrame(head: object, bytes: Uint8Array = NOTHING): Buffer {
  const text = Buffer.from(JSON.stringify(head));
  const frame = Buffer.allocUnsafe(8 + text.length + bytes.byteLength);
  frame.writeUInt32BE(4 + text.length + bytes.byteLength, 0);
  frame.writeUInt32BE(text.length, 4);
  text.copy(frame, 8);
  frame.set(bytes, 8 + text.length);
  return frame;
}

/** Bytes in, whole frames out. Throws on a frame above the limit and on one that is none. */
export class FrameReader {
  readonly #bytesMax: number;
  #chunks: Buffer[] = [];
  #length = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  push(chunk: Buffer): Frame[] {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    const frames: Frame[] = [];
    for (;;) {
      const size = this.#nextSize();
      if (size === undefined || this.#length < size) return frames;
      const all = this.#joined();
      frames.push(parse(all.subarray(4, size)));
      this.#chunks = all.length > size ? [all.subarray(size)] : [];
      this.#length -= size;
    }
  }

  /** Bytes of the next frame with its length field; joins chunks only when it must. */
  #nextSize(): number | undefined {
    if (this.#length < 8) return undefined;
    const [first = NOTHING] = this.#chunks;
    const size = 4 + (first.length >= 4 ? first : this.#joined()).readUInt32BE(0);
    if (size < 8 || size > this.#bytesMax)
      throw new RangeError(`a frame of ${size} bytes, but at most ${this.#bytesMax} are allowed`);
    return size;
  }

  #joined(): Buffer {
    const all = this.#chunks.length === 1 ? (this.#chunks[0] ?? NOTHING) : Buffer.concat(this.#chunks);
    this.#chunks = [all];
    return all;
  }
}

function parse(body: Buffer): Frame {
  const end = 4 + body.readUInt32BE(0);
  if (end > body.length) throw new RangeError("a frame whose head is longer than itself");
  const head: unknown = JSON.parse(body.toString("utf8", 4, end));
  if (typeof head !== "object" || head === null || Array.isArray(head))
    throw new TypeError("a frame without a head");
  return { head: head as Frame["head"], bytes: body.subarray(end) };
}
