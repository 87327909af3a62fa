import type { Message } from "../framing/message.ts";
import { BlockTransfer, isBlock } from "../protocol/block-transfer.ts";
import { type CipheredApdu, decipher, isCiphered, type Keys, readCiphered } from "../protocol/ciphering.ts";
import { isDataNotification, readDataNotification } from "../protocol/data-notification.ts";
import { Malformed } from "../protocol/malformed.ts";
import { MeterClock } from "../protocol/meter-clock.ts";
import { toHex } from "../protocol/octets.ts";
import { faults } from "./faults.ts";
import { FrameCounters } from "./frame-counters.ts";
import type { MeterProfile } from "./profile.ts";
import { readNotification } from "./read-notification.ts";
import type { DecodeFault, DecoderEvent, SealedTelegram, Telegram } from "./telegram.ts";

export interface ApduDecoderOptions {
  keys: Keys;
  profiles: readonly MeterProfile[];
  timeZone: string;
  /** Whether the user has chosen the only profile. */
  forced: boolean;
  lastFrameCounter?: number;
}

/** This many telegrams in a row that arrive whole and decrypt to nonsense are no accident. */
const WRONG_KEY_FAILURES = 3;

/** DLMS messages to telegrams: blocks, deciphering, replay, lists. */
export class ApduDecoder {
  readonly #options: ApduDecoderOptions;
  readonly #blocks = new BlockTransfer();
  readonly #counters: FrameCounters;
  readonly #clock: MeterClock;
  #failures = 0;
  #successes = 0;
  #failed: SealedTelegram | undefined;
  missed = 0;

  constructor(options: ApduDecoderOptions) {
    this.#options = options;
    this.#counters = new FrameCounters(options.lastFrameCounter);
    this.#clock = new MeterClock(options.timeZone);
  }

  /** @throws Malformed */
  decode(message: Message, nowMs: number): DecoderEvent[] {
    return this.#apdu(message, nowMs);
  }

  /** The source has ended: with too few telegrams to be sure, a key that has opened none is still the likely cause. */
  end(): DecoderEvent[] {
    const events: DecoderEvent[] = [];
    const lost = this.#blocks.end();
    if (lost !== undefined) events.push(fault(faults.incomplete(lost)));
    if (this.#failed !== undefined && this.#successes === 0 && this.#failures < WRONG_KEY_FAILURES)
      events.push(fault(faults.wrongKey(this.#failed, this.#failures)));
    this.#failed = undefined;
    this.#failures = 0;
    return events;
  }

  #apdu(message: Message, nowMs: number): DecoderEvent[] {
    if (isBlock(message.bytes)) {
      const { apdu, frames, lost } = this.#blocks.add(message.bytes, message.frames);
      const events = lost === undefined ? [] : [fault(faults.incomplete(lost))];
      return apdu === undefined
        ? events
        : [...events, ...this.#apdu({ ...message, bytes: apdu, frames }, nowMs)];
    }
    if (isCiphered(message.bytes)) return this.#ciphered(message, readCiphered(message.bytes), nowMs);
    return [this.#plain(message, message.bytes, null, nowMs)];
  }

  #ciphered(message: Message, apdu: CipheredApdu, nowMs: number): DecoderEvent[] {
    const sealed = seal(message, apdu);
    const deciphered = decipher(apdu, this.#options.keys);
    if (deciphered.kind === "key-missing") return [fault(faults.keyMissing(sealed))];
    if (deciphered.kind === "unsupported") return [fault(faults.unsupported(deciphered.reason))];
    if (deciphered.kind === "not-authentic") {
      if (isMeaningful(deciphered.plain)) return [fault(faults.wrongAuthKey(sealed))];
      return this.#failure(sealed);
    }
    // Checked before the list is read, so that a replay can move neither the clock nor the failures.
    if (this.#counters.isReplay(sealed.systemTitle, apdu.frameCounter) && isMeaningful(deciphered.plain))
      return [fault(faults.replayed(sealed.systemTitle, apdu.frameCounter))];
    let event: DecoderEvent;
    try {
      event = this.#plain(message, deciphered.plain, apdu, nowMs);
    } catch (error) {
      // Text that is authentic and yet malformed is no matter of keys.
      if (!(error instanceof Malformed) || deciphered.authenticated === true) throw error;
      return this.#failure(sealed);
    }
    this.#failures = 0;
    this.#successes++;
    this.missed += this.#counters.note(sealed.systemTitle, apdu.frameCounter);
    if (event.kind === "telegram" && deciphered.authenticated !== null)
      event.telegram.authenticated = deciphered.authenticated;
    return [event];
  }

  #plain(message: Message, plain: Uint8Array, apdu: CipheredApdu | null, nowMs: number): DecoderEvent {
    if (!isDataNotification(plain)) throw new Malformed("it holds no DLMS data notification");
    const notification = readDataNotification(plain);
    const telegram = readNotification(notification, {
      protocol: message.protocol,
      systemTitle: apdu?.systemTitle ?? null,
      profiles: this.#options.profiles,
      clock: this.#clock,
      nowMs,
    });
    if (telegram === undefined)
      return fault(
        faults.unsupported(
          "the telegram's list carries no OBIS codes and fits no profile: see docs/extend/adding-a-meter.md",
        ),
      );
    return { kind: "telegram", telegram: withOrigin(telegram, apdu) };
  }

  #failure(sealed: SealedTelegram): DecoderEvent[] {
    this.#failures++;
    this.#failed = sealed;
    return this.#failures < WRONG_KEY_FAILURES
      ? [fault(faults.undecryptable(sealed.systemTitle))]
      : [fault(faults.wrongKey(sealed, this.#failures))];
  }
}

const fault = (reason: DecodeFault): DecoderEvent => ({ kind: "fault", fault: reason });

function withOrigin(telegram: Telegram, apdu: CipheredApdu | null): Telegram {
  if (apdu === null) return telegram;
  telegram.frameCounter = apdu.frameCounter;
  telegram.systemTitle = toHex(apdu.systemTitle);
  return telegram;
}

function seal(message: Message, apdu: CipheredApdu): SealedTelegram {
  return {
    protocol: message.protocol,
    frameCounter: apdu.frameCounter,
    systemTitle: toHex(apdu.systemTitle),
    securityControl: toHex(Uint8Array.of(apdu.securityControl)),
    frames: message.frames,
    apduLength: message.bytes.length,
    declaredLength: apdu.declaredLength,
  };
}

/** Whether text that was decrypted without a tag is what meters send, and not the noise of a wrong key. */
function isMeaningful(plain: Uint8Array): boolean {
  try {
    readDataNotification(plain);
    return true;
  } catch {
    return false;
  }
}
