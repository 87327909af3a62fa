import { bareDlmsFrame, dlmsFrame } from "./dlms-frame.ts";
import { dsmrFrame } from "./dsmr-frame.ts";
import type { Frame, FrameFormat, Protocol } from "./frame.ts";
import { FrameScanner } from "./frame-scanner.ts";
import { hdlcFrame } from "./hdlc-frame.ts";
import { hdlcSegments } from "./hdlc-segments.ts";
import { mbusFrame } from "./mbus-frame.ts";
import { mbusSegments } from "./mbus-segments.ts";
import type { Assembler, Message } from "./message.ts";
import { smlFrame } from "./sml-frame.ts";

export interface FramingSink {
  message(message: Message): void;
  /** A frame's checksum is wrong. */
  damaged(protocol: Protocol): void;
  /** Frames were whole, but their message was not. */
  lost(reason: string): void;
  /** Bytes that belong to no frame. */
  discarded(count: number): void;
}

/** In the order in which a byte is offered to them; bare DLMS last, because the others wrap it. */
const FORMATS: readonly FrameFormat[] = [mbusFrame, hdlcFrame, smlFrame, dsmrFrame, dlmsFrame];
const FORMATS_OF: Readonly<Record<Protocol, readonly FrameFormat[]>> = {
  mbus: [mbusFrame],
  hdlc: [hdlcFrame],
  sml: [smlFrame],
  // Styria and Luxembourg encrypt whole DSMR telegrams.
  dsmr: [dsmrFrame, bareDlmsFrame],
  dlms: [bareDlmsFrame],
};
/** What is doubtful ends by silence: longer than any pause within a telegram. */
const SILENCE_MS = 1_000;
/** A chunk's time is that of its last byte; wired M-Bus is the slowest line (2400 baud, 11 bits). */
const BYTE_MS_MAX = 11_000 / 2400;

/** Bytes to messages for one protocol, or for whichever comes; no I/O, bounded, never throws. */
export class Framing {
  readonly #scanner: FrameScanner;
  readonly #assemblers: Partial<Record<Protocol, Assembler>> = { mbus: mbusSegments(), hdlc: hdlcSegments() };
  /**
   * Bare DLMS is looked for only as long as nothing proves that the stream has envelopes. Nothing protects a bare APDU,
   * and a line that is joined in mid-frame may show one: the first is held until a second, or the end, comes before a frame.
   */
  #mayBeBare: boolean;
  #isBare: boolean;
  #held: Message | undefined;
  #lastMs = 0;
  frames = 0;

  constructor(protocol?: Protocol) {
    this.#mayBeBare = protocol === undefined;
    this.#isBare = protocol !== undefined;
    this.#scanner = new FrameScanner(protocol === undefined ? FORMATS : FORMATS_OF[protocol]);
  }

  push(chunk: Uint8Array, nowMs: number, sink: FramingSink): void {
    const scanSink = this.#scanSink(nowMs, sink);
    const silenceMs = nowMs - this.#lastMs - chunk.length * BYTE_MS_MAX;
    if (silenceMs >= SILENCE_MS) this.#scanner.silence(scanSink);
    this.#lastMs = nowMs;
    this.#scanner.push(chunk, scanSink);
  }

  flush(sink: FramingSink): void {
    this.#scanner.flush(this.#scanSink(this.#lastMs, sink));
    this.#release(sink);
    for (const assembler of Object.values(this.#assemblers)) {
      const lost = assembler.end();
      if (lost !== undefined) sink.lost(lost);
    }
  }

  #scanSink(nowMs: number, sink: FramingSink): Parameters<FrameScanner["push"]>[1] {
    return {
      frame: (frame) => this.#assemble(frame, nowMs, sink),
      damaged: (format) => sink.damaged(format.protocol),
      discarded: (count) => sink.discarded(count),
    };
  }

  #assemble(frame: Frame, nowMs: number, sink: FramingSink): void {
    this.frames++;
    if (this.#mayBeBare && frame.protocol !== "dlms") this.#lockToEnvelopes(sink);
    const single = singleFrameMessage(frame);
    if (single !== undefined) return this.#deliver(single, sink);
    const { lost, message } = this.#assemblers[frame.protocol]?.add(frame, nowMs) ?? {};
    if (lost !== undefined) sink.lost(lost);
    if (message !== undefined) sink.message(message);
  }

  #lockToEnvelopes(sink: FramingSink): void {
    this.#mayBeBare = false;
    this.#scanner.use(FORMATS.filter((format) => format !== dlmsFrame));
    if (this.#held !== undefined) sink.lost("the first telegram came without the begin of its frame");
    this.#held = undefined;
  }

  #deliver(message: Message, sink: FramingSink): void {
    if (message.protocol !== "dlms" || this.#isBare) return sink.message(message);
    this.#isBare = this.#held !== undefined;
    this.#release(sink);
    if (this.#isBare) sink.message(message);
    else this.#held = message;
  }

  #release(sink: FramingSink): void {
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined) sink.message(held);
  }
}

function singleFrameMessage(frame: Frame): Message | undefined {
  if (frame.protocol === "dsmr")
    return { protocol: "dsmr", kind: "dsmr", bytes: frame.telegram, frames: 1, checked: frame.checked };
  if (frame.protocol === "sml") return { protocol: "sml", kind: "sml", bytes: frame.file, frames: 1 };
  if (frame.protocol === "dlms") return { protocol: "dlms", kind: "apdu", bytes: frame.apdu, frames: 1 };
  return undefined;
}
