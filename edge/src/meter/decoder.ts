import type { KeyObject } from "node:crypto";
import { isTimeZone, PlatformError } from "@smp/schemas";
import type { Protocol } from "../framing/frame.ts";
import { Framing, type FramingSink } from "../framing/framing.ts";
import type { Message } from "../framing/message.ts";
import { toKey } from "../protocol/ciphering.ts";
import { Malformed } from "../protocol/malformed.ts";
import { ApduDecoder } from "./apdu-decoder.ts";
import { faults } from "./faults.ts";
import { PROFILES } from "./profiles/table.ts";
import type { DecodeFault, DecoderEvent, DecoderStats, MeterDecoder } from "./telegram.ts";

export interface MeterDecoderOptions {
  /** Found out from the bytes when absent. */
  protocol?: Protocol;
  /** Encryption key of the customer interface (GUEK), 16 bytes. */
  key?: Uint8Array | KeyObject;
  /** Authentication key (GAK), 16 bytes; without it tags are not checked. */
  authKey?: Uint8Array | KeyObject;
  /** IANA zone of clocks that state no deviation; default Europe/Vienna. */
  timeZone?: string;
  /** Name of a meter profile; found out from the list when absent. */
  profile?: string;
}

/** Noise that has met no frame: enough bytes for several telegrams, so that a start in mid-telegram says nothing. */
const SILENT_NOISE_BYTES = 2048;

/**
 * A decoder for one line.
 *
 * @throws PlatformError for options that cannot work: a key of the wrong length, an unknown profile or time zone.
 * @example
 * const decoder = createMeterDecoder({ key: Buffer.from(hex, "hex") });
 * for await (const chunk of transport.bytes(signal))
 *   for (const event of decoder.push(chunk, Date.now())) console.log(event);
 */
export function createMeterDecoder(options: MeterDecoderOptions = {}): MeterDecoder {
  const { timeZone = "Europe/Vienna", profile, key, authKey } = options;
  if (!isTimeZone(timeZone))
    throw new PlatformError(
      "time-zone-unknown",
      `time zone ${timeZone} is unknown: use an IANA name like Europe/Vienna`,
    );
  const profiles = profile === undefined ? PROFILES : PROFILES.filter(({ name }) => name === profile);
  if (profiles.length === 0)
    throw new PlatformError(
      "profile-unknown",
      `profile ${profile} is unknown: use one of ${PROFILES.map(({ name }) => name).join(", ")}`,
    );
  const keys = {
    ...(key === undefined ? {} : { key: toKey(key) }),
    ...(authKey === undefined ? {} : { authKey: toKey(authKey) }),
  };
  const apdus = new ApduDecoder({ keys, profiles, timeZone, chosen: profile !== undefined });
  return new LineDecoder(new Framing(options.protocol), apdus);
}

class LineDecoder implements MeterDecoder, FramingSink {
  readonly #framing: Framing;
  readonly #apdus: ApduDecoder;
  readonly stats: DecoderStats = {
    bytes: 0,
    discardedBytes: 0,
    frames: 0,
    badChecksums: 0,
    telegrams: 0,
    missed: 0,
  };
  #events: DecoderEvent[] = [];
  #nowMs = 0;
  #discardedSinceFrame = 0;
  #nextNoiseReport = SILENT_NOISE_BYTES;

  constructor(framing: Framing, apdus: ApduDecoder) {
    this.#framing = framing;
    this.#apdus = apdus;
  }

  push(chunk: Uint8Array, nowMs: number): DecoderEvent[] {
    this.#nowMs = nowMs;
    this.stats.bytes += chunk.length;
    this.#framing.push(chunk, nowMs, this);
    return this.#take();
  }

  flush(): DecoderEvent[] {
    this.#framing.flush(this);
    this.#add(this.#apdus.end());
    return this.#take();
  }

  message(message: Message): void {
    this.#discardedSinceFrame = 0;
    this.#nextNoiseReport = SILENT_NOISE_BYTES;
    try {
      this.#add(this.#apdus.decode(message, this.#nowMs));
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      this.#fault(faults.malformed(error.message));
    }
  }

  damaged(protocol: Protocol): void {
    this.stats.badChecksums++;
    this.#fault(faults.damagedFrame(protocol));
  }

  lost(reason: string): void {
    this.#fault(faults.incomplete(reason));
  }

  discarded(count: number): void {
    this.stats.discardedBytes += count;
    this.#discardedSinceFrame += count;
    if (this.#discardedSinceFrame < this.#nextNoiseReport) return;
    this.#fault(faults.noFrames());
    this.#nextNoiseReport = this.#discardedSinceFrame * 2;
  }

  #fault(fault: DecodeFault): void {
    this.#events.push({ kind: "fault", fault });
  }

  #add(events: readonly DecoderEvent[]): void {
    for (const event of events) {
      if (event.kind === "telegram") this.stats.telegrams++;
      this.#events.push(event);
    }
  }

  #take(): DecoderEvent[] {
    this.stats.frames = this.#framing.frames;
    this.stats.missed = this.#apdus.missed;
    const events = this.#events;
    this.#events = [];
    return events;
  }
}
