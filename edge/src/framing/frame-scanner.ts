import { type Frame, FRAME_BYTES_MAX, type FrameFormat } from "./frame.ts";

/** What the scanner meets, in the order of the bytes. */
export interface ScanSink {
  frame(frame: Frame): void;
  damaged(format: FrameFormat): void;
  discarded(count: number): void;
}

/** Twice the largest frame, so that moving the rest to the front costs less than a copy per byte. */
const BUFFER_BYTES = 2 * FRAME_BYTES_MAX;

/**
 * Finds frames in a stream of bytes. Where no valid frame begins it goes on by exactly one byte, never to the end of a
 * bad frame: a start byte inside ciphertext must not cost the good frame behind it.
 */
export class FrameScanner {
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  #head = 0;
  #tail = 0;
  /** Bytes from head at which to look again, and where the format left off. */
  #need = 0;
  #resume = 0;
  #waiting = -1;
  #endsBySilence = false;
  /** HDLC flags: no loss next to a frame, noise otherwise. */
  #filler = 0;
  #followsHdlc = false;
  /** The formats whose frames begin with a byte, by that byte. */
  #formats: readonly (readonly FrameFormat[])[] = [];

  constructor(formats: readonly FrameFormat[]) {
    this.use(formats);
  }

  /** Bytes that are held because they may belong to a frame; never more than the largest frame. */
  get pendingBytes(): number {
    return this.#tail - this.#head;
  }

  /** Changes the formats to look for; pending bytes are judged anew. */
  use(formats: readonly FrameFormat[]): void {
    this.#formats = Array.from({ length: 256 }, (_, byte) =>
      formats.filter((format) => format.startBytes.includes(byte)),
    );
    this.#forget();
  }

  push(chunk: Uint8Array, sink: ScanSink): void {
    let taken = 0;
    while (taken < chunk.length) {
      const part = Math.min(chunk.length - taken, BUFFER_BYTES - FRAME_BYTES_MAX);
      if (this.#tail + part > BUFFER_BYTES) {
        this.#buffer.copyWithin(0, this.#head, this.#tail);
        this.#tail -= this.#head;
        this.#head = 0;
      }
      this.#buffer.set(chunk.subarray(taken, taken + part), this.#tail);
      this.#tail += part;
      taken += part;
      this.#scan("none", sink);
    }
  }

  /** The line has fallen silent: what is not worth waiting for any longer is given up, byte by byte. */
  silence(sink: ScanSink): void {
    while (this.#endsBySilence) this.#scan("head", sink);
  }

  /** The source has ended: what waits for more bytes will not get them. */
  flush(sink: ScanSink): void {
    this.#forget();
    this.#scan("all", sink);
  }

  #formatsAtHead(): readonly FrameFormat[] {
    return this.#formats[this.#buffer[this.#head] as number] ?? [];
  }

  #forget(): void {
    this.#need = 0;
    this.#resume = 0;
    this.#waiting = -1;
    this.#endsBySilence = false;
  }

  /** `final`: the places that will get no more bytes. */
  #scan(final: "none" | "head" | "all", sink: ScanSink): void {
    let discarded = 0;
    let last = final !== "none";
    const report = (): void => {
      if (discarded > 0) sink.discarded(discarded);
      discarded = 0;
    };
    while (this.#head < this.#tail) {
      const isStart = this.#formatsAtHead().length > 0;
      if (isStart && !last && this.#tail - this.#head < this.#need) break;
      const step = isStart ? this.#judge(last, sink, report) : "discard";
      if (step === "wait") break;
      if (step === "discard") discarded += 1 + this.#takeFiller();
      if (!isStart) this.#head++;
      last = final === "all";
    }
    if (last) discarded += this.#takeFiller();
    report();
  }

  /** Bytes of filler that noise has proved to be noise too. */
  #takeFiller(): number {
    const noise = this.#followsHdlc ? 0 : this.#filler;
    this.#filler = 0;
    this.#followsHdlc = false;
    return noise;
  }

  /** Asks the formats about the byte at the head, and moves the head unless more bytes are needed. */
  #judge(last: boolean, sink: ScanSink, report: () => void): "wait" | "discard" | "done" {
    let filler = false;
    const formats = this.#formatsAtHead();
    for (let index = Math.max(0, this.#waiting); index < formats.length; index++) {
      const format = formats[index] as FrameFormat;
      const resume = index === this.#waiting ? this.#resume : 0;
      const verdict = format.read(this.#buffer, this.#head, this.#tail, resume, last);
      if (verdict.kind === "more" && !last) {
        this.#need = verdict.need;
        this.#resume = verdict.resume;
        this.#waiting = index;
        this.#endsBySilence = verdict.endsBySilence;
        return "wait";
      }
      if (verdict.kind === "filler") filler = true;
      if (verdict.kind === "damaged") sink.damaged(format);
      if (verdict.kind === "frame") {
        this.#head += verdict.length;
        this.#takeFrame(verdict.frame, sink, report);
        return "done";
      }
    }
    this.#head++;
    this.#forget();
    if (!filler) return "discard";
    this.#filler++;
    return "done";
  }

  #takeFrame(frame: Frame, sink: ScanSink, report: () => void): void {
    this.#forget();
    this.#filler = 0;
    this.#followsHdlc = frame.protocol === "hdlc";
    report();
    sink.frame(frame);
  }
}
