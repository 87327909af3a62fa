import type { Reading } from "@smp/schemas";
import type { Settings } from "./manifest.ts";

/**
 * Interface `input`, version 1: understands the payloads of hardware that does not speak the platform's contract. The
 * default export of an input's module.
 *
 * - `decode` gets one message and answers with readings in the contract's form (`reading.schema.json`: energy in Wh as
 *   whole numbers, power in W). The platform checks them, adds device and arrival time, and keeps them.
 * - No readings (`[]`): a message that is fine, but carries none. It is acknowledged and forgotten.
 * - A `Fault`: the message is not what this input reads. It is kept among the rejected ones, and the device hears why.
 * - What it throws, or takes longer than a second for, is the input's own failure: that one message is rejected with the
 *   code `input-failed`. The message is acknowledged all the same; readings of others go on.
 * - It gets one message at a time, those of a device in their order, and keeps nothing that a restart may not take away.
 */
export interface Input {
  decode(
    message: ForeignMessage,
    context: InputContext,
  ): readonly Reading[] | Fault | Promise<readonly Reading[] | Fault>;
}

export interface ForeignMessage {
  /** From the certificate or the token. */
  device: string;
  /** The topic's levels behind `sm/v1/{device}/raw/`, such as `tele/house/SENSOR`; empty when it came over HTTP. */
  path: string;
  /** At most 16 KiB. */
  payload: Uint8Array;
  /** Over HTTP only. */
  contentType?: string;
  /** Arrival, Unix ms UTC. */
  received: number;
}

export interface Fault {
  /** A sentence for the device's owner: what is wrong, where, and how to mend it. */
  fault: string;
}

export interface InputContext {
  settings: Settings;
  /** The platform's IANA zone, for payloads with local times. */
  timeZone: string;
}
