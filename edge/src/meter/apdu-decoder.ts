import { dsmrFrame } from "../framing/dsmr-frame.ts";
import type { Message } from "../framing/message.ts";
import { isAmis, readAmis } from "../protocol/amis.ts";
import { BlockTransfer, isBlock } from "../protocol/block-transfer.ts";
import { type CipheredApdu, decipher, isCiphered, type Keys, readCiphered } from "../protocol/ciphering.ts";
import { isDataNotification, readDataNotification } from "../protocol/data-notification.ts";
import { Malformed } from "../protocol/malformed.ts";
import { MeterClock } from "../protocol/meter-clock.ts";
import { toHex } from "../protocol/octets.ts";
import { faults } from "./faults.ts";
import { FrameCounters } from "./frame-counters.ts";
import { describeList } from "./describe-list.ts";
import { Plausibility } from "./plausibility.ts";
import type { MeterProfile } from "./profile.ts";
import { readAmisTelegram } from "./read-amis.ts";
import { readDsmrTelegram } from "./read-dsmr.ts";
import { readNotification } from "./read-notification.ts";
import { readSmlTelegrams } from "./read-sml.ts";
import type { DecodeFault, DecoderEvent, SealedTelegram, Telegram } from "./telegram.ts";

export interface ApduDecoderOptions {
  keys: Keys;
  profiles: readonly MeterProfile[];
  timeZone: string;
  /** Whether the user has chosen the only profile. */
  chosen: boolean;
}

/** This many telegrams in a row that arrive whole and decrypt to nonsense are no accident. */
const WRONG_KEY_FAILURES = 3;

/** DLMS messages to telegrams: blocks, deciphering, replay, lists. */
export class ApduDecoder {
  readonly #options: ApduDecoderOptions;
  readonly #blocks = new BlockTransfer();
  readonly #counters = new FrameCounters();
  readonly #clock: MeterClock;
  readonly #plausibility = new Plausibility();
  #failures = 0;
  #successes = 0;
  #failed: SealedTelegram | undefined;
  missed = 0;

  constructor(options: ApduDecoderOptions) {
    this.#options = options;
    this.#clock = new MeterClock(options.timeZone);
  }

  /** @throws Malformed */
  decode(message: Message, nowMs: number): DecoderEvent[] {
    switch (message.kind) {
      case "dsmr":
        return [
          toEvent(readDsmrTelegram(message.bytes, message.checked === true, "dsmr", this.#clock, nowMs)),
        ];
      case "sml":
        return readSmlTelegrams(message.bytes).map(toEvent);
      case "mbus-application":
        return this.#mbusApplication(message, nowMs);
      default:
        return this.#apdu(message, nowMs);
    }
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
    const event = this.#plain(message, message.bytes, null, nowMs);
    return [event.kind === "telegram" ? this.#believed(event.telegram) : event];
  }

  #ciphered(message: Message, apdu: CipheredApdu, nowMs: number): DecoderEvent[] {
    const sealed = seal(message, apdu);
    const deciphered = decipher(apdu, this.#options.keys);
    if (deciphered.kind === "key-missing") {
      // Dumps of other readers keep the ciphered APDU's header around the text that they have decrypted.
      if (isMeaningful(apdu.body)) return [this.#plain(message, apdu.body, apdu, nowMs)];
      return [fault(faults.keyMissing(sealed))];
    }
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
    if (event.kind === "fault") return [event];
    if (deciphered.authenticated !== null) event.telegram.authenticated = deciphered.authenticated;
    return [this.#believed(event.telegram)];
  }

  #mbusApplication({ bytes }: Message, nowMs: number): DecoderEvent[] {
    if (!isAmis(bytes))
      return [fault(faults.unsupported("the M-Bus frame carries an application that is not DLMS"))];
    const key = this.#options.keys.key;
    const meter = bytes.subarray(1, 5).toReversed();
    const sealed: SealedTelegram = {
      protocol: "mbus",
      frameCounter: bytes[9] as number,
      systemTitle: toHex(meter),
      securityControl: "05",
      frames: 1,
      apduLength: bytes.length,
      declaredLength: bytes.length,
    };
    if (key === undefined) return [fault(faults.keyMissing(sealed))];
    const amis = readAmis(bytes, key);
    if (amis === undefined) return this.#failure(sealed);
    this.#failures = 0;
    this.#successes++;
    return [this.#believed(readAmisTelegram(amis, this.#clock, nowMs))];
  }

  #plain(message: Message, plain: Uint8Array, apdu: CipheredApdu | null, nowMs: number): DecoderEvent {
    if (isDsmr(plain)) {
      const telegram = readDsmrTelegram(plain, true, message.protocol, this.#clock, nowMs);
      return toEvent(withOrigin(telegram, apdu));
    }
    if (!isDataNotification(plain)) throw new Malformed("it holds no DLMS data notification");
    const notification = readDataNotification(plain);
    const telegram = readNotification(notification, {
      protocol: message.protocol,
      systemTitle: apdu?.systemTitle ?? null,
      profiles: this.#options.profiles,
      chosen: this.#options.chosen,
      clock: this.#clock,
      nowMs,
    });
    if (telegram === undefined) return fault(faults.unknownList(describeList(notification.body)));
    return toEvent(withOrigin(telegram, apdu));
  }

  /** HDLC has 16-bit checksums, tags are better still: what is protected by 8 bits or none must also be plausible. */
  #believed(telegram: Telegram): DecoderEvent {
    const reason =
      telegram.protocol !== "hdlc" && telegram.authenticated !== true
        ? this.#plausibility.judge(telegram)
        : undefined;
    return reason === undefined ? toEvent(telegram) : fault(faults.implausible(reason));
  }

  #failure(sealed: SealedTelegram): DecoderEvent[] {
    this.#failures++;
    this.#failed = sealed;
    return this.#failures < WRONG_KEY_FAILURES
      ? [fault(faults.undecryptable(sealed.systemTitle))]
      : [fault(faults.wrongKey(sealed, this.#failures))];
  }
}

const toEvent = (telegram: Telegram): DecoderEvent => ({ kind: "telegram", telegram });
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

/** Whether the text is a whole DSMR telegram, its checksum right (Styria, Luxembourg). */
function isDsmr(plain: Uint8Array): boolean {
  if (!dsmrFrame.startBytes.includes(plain[0] as number)) return false;
  const verdict = dsmrFrame.read(plain, 0, plain.length, 0, true);
  return (
    verdict.kind === "frame" &&
    verdict.length === plain.length &&
    verdict.frame.protocol === "dsmr" &&
    verdict.frame.checked
  );
}

/** Whether text that was decrypted without a tag is what meters send, and not the noise of a wrong key. */
function isMeaningful(plain: Uint8Array): boolean {
  try {
    if (isDsmr(plain)) return true;
    readDataNotification(plain);
    return true;
  } catch {
    return false;
  }
}
