import type { DecodeFault, SealedTelegram } from "./telegram.ts";

/** What the decoder reports, and what to do about it. */
export const faults = {
  damagedFrame: (protocol: string): DecodeFault => ({
    code: "line-quality",
    message:
      `a ${protocol} frame has a wrong checksum and was dropped; if this repeats, check baud rate and parity, ` +
      "the cable and its length, and the level converter",
  }),
  noFrames: (): DecodeFault => ({
    code: "line-quality",
    message:
      "bytes arrive, but no valid frame: check baud rate, parity (wired M-Bus: 2400 8E1) and " +
      "polarity, and that the level converter suits the meter's interface",
  }),
  incomplete: (reason: string): DecodeFault => ({
    code: "line-quality",
    message: `${reason}: bytes are lost on the way, check the cable, and that the reader's buffer holds 1 KiB`,
  }),
  keyMissing: (sealed: SealedTelegram): DecodeFault => ({
    code: "key-missing",
    message:
      `the telegrams of meter ${sealed.systemTitle} are encrypted and no key is configured: ` +
      "ask the grid operator for the key of the customer interface (32 hex digits) and configure it",
    sealed,
  }),
  wrongKey: (sealed: SealedTelegram, failures: number): DecodeFault => ({
    code: "wrong-key",
    message:
      `wrong key: ${failures === 1 ? "the telegram" : `the last ${failures} telegrams`} of meter ${sealed.systemTitle} ` +
      "arrived whole but did not decrypt; compare the key with the operator's, it changes when the meter is swapped",
    sealed,
  }),
  wrongAuthKey: (sealed: SealedTelegram): DecodeFault => ({
    code: "wrong-key",
    message:
      `wrong authentication key: a telegram of meter ${sealed.systemTitle} decrypts, but its tag does not match; ` +
      "correct the authentication key, or remove it to read without authentication",
    sealed,
  }),
  undecryptable: (systemTitle: string): DecodeFault => ({
    code: "malformed",
    message:
      `a telegram of meter ${systemTitle} did not decrypt to anything meaningful and was dropped: ` +
      "damage on the line, or a wrong key if this repeats",
  }),
  replayed: (systemTitle: string, counter: number): DecodeFault => ({
    code: "replayed",
    message:
      `a telegram of meter ${systemTitle} with frame counter ${counter} was seen before and was dropped; a meter ` +
      "that was repaired or got another key may count from the start again: restart smp edge then, which forgets the counter",
  }),
  unknownList: (list: readonly string[]): DecodeFault => ({
    code: "unsupported",
    message:
      `the telegram's list of ${list.length} values carries no OBIS codes and fits no profile: ` +
      "smp decode shows it, docs/extend/adding-a-meter.md tells how to add it",
    list,
  }),
  unsupported: (reason: string): DecodeFault => ({ code: "unsupported", message: reason }),
  malformed: (reason: string): DecodeFault => ({
    code: "malformed",
    message: `a telegram was dropped: ${reason}`,
  }),
  implausible: (reason: string): DecodeFault => ({
    code: "implausible",
    message: `a telegram was dropped: ${reason}; it will be believed when the next ones agree with it`,
  }),
} as const;
