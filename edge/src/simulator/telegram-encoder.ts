import { encipher, keyFromHex } from "./ciphering.ts";
import { applyFaults, type Wire } from "./faults.ts";
import { kaifaIdentity } from "./kaifa-identity.ts";
import { encodeNotification, type KaifaValues } from "./kaifa-list.ts";
import { encodeMbusFrames } from "./mbus-frames.ts";
import type { SimulatedMeterSettings, SimulatorState } from "./options.ts";

/** One push of the simulated meter. `bytes` and `wire` are encoded when first read: a range of readings costs no ciphers. */
export interface SimulatedTelegram {
  /** True time, Unix ms; `values.stampedMs` is what the meter's clock showed. */
  instantMs: number;
  values: KaifaValues;
  frameCounter: number;
  /** Hex, lower case. */
  systemTitle: string;
  meterNumber: string;
  /** The complete telegram as the meter sends it: one or more M-Bus frames. */
  readonly bytes: Uint8Array;
  /** The telegram as the faulty line delivers it; without fault options the same bytes. */
  readonly wire: Wire;
}

export type Encode = (state: SimulatorState, values: KaifaValues, first: boolean) => SimulatedTelegram;

export function telegramEncoder(settings: SimulatedMeterSettings): Encode {
  const { dialect, phases, keyChange, swap, faults = {} } = settings;
  const key = keyFromHex("key", settings.key);
  const changedKey = keyChange && keyFromHex("keyChange.key", keyChange.key);
  const swapKey = swap?.key === undefined ? undefined : keyFromHex("swap.key", swap.key);
  const authentication =
    settings.authenticationKey === undefined
      ? { securityControl: dialect === "netz-noe" ? 0x20 : 0x21 }
      : {
          securityControl: 0x30,
          authenticationKey: keyFromHex("authenticationKey", settings.authenticationKey),
        };
  const keyAt = (instantMs: number): Uint8Array => {
    // Whichever came last counts.
    const changed = keyChange && changedKey && instantMs >= keyChange.atMs ? keyChange.atMs : -1;
    const swapped = swap && swapKey && instantMs >= swap.atMs ? swap.atMs : -1;
    if (changed < 0 && swapped < 0) return key;
    return (changed >= swapped ? changedKey : swapKey) ?? key;
  };
  return (state, values, first) => {
    const identity = kaifaIdentity(dialect, state.serial, phases);
    const { atMs: instantMs, frameCounter } = state;
    // Netz NÖ's meters set the top bit of the priority byte, the others none.
    const invokeId = (dialect === "netz-noe" ? 0x8000_0000 : 0) + state.invokeId;
    const frames = lazily(() => {
      const notification = { dialect, identity, invokeId, clockDoubtful: settings.clockDoubtful ?? false };
      const plaintext = encodeNotification(values, notification);
      const { systemTitle } = identity;
      const apdu = encipher(plaintext, {
        systemTitle,
        frameCounter,
        key: keyAt(instantMs),
        ...authentication,
      });
      return encodeMbusFrames(apdu, { wrappedLength: faults.wrappedLength ?? false });
    });
    const bytes = lazily(() => Buffer.concat(frames()));
    const wire = lazily(() => applyFaults(frames(), faults, { seed: settings.seed, frameCounter, first }));
    return {
      instantMs,
      values,
      frameCounter,
      systemTitle: Buffer.from(identity.systemTitle).toString("hex"),
      meterNumber: identity.meterNumber,
      get bytes() {
        return bytes();
      },
      get wire() {
        return wire();
      },
    };
  };
}

function lazily<T extends object>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}
