import { parseDeviceTopic, PlatformError, type DecodeForeign, type IncomingMessage } from "@smp/schemas";
import type { DecodedReading } from "./element.ts";
import { Rejection } from "../rejection.ts";

/** Messages that wait while their device's foreign payload is being decoded. */
const WAITING_BYTES_MAX = 16 * 2 ** 20;

/** Whether an input extension must read the message. */
export const isForeign = ({ topic }: IncomingMessage): boolean =>
  // Most messages are readings, and need not be looked at twice.
  topic.includes("/raw/") && parseDeviceTopic(topic)?.kind === "raw";

/** Lets an input extension read a message. Throws a `Rejection`, and what else the port throws when too many wait. */
export async function decodeVendor(
  { device, topic, payload, received, input, contentType }: IncomingMessage,
  decode: DecodeForeign | undefined,
): Promise<DecodedReading[]> {
  if (!decode) throw new Rejection("no-input", "This platform runs no input extensions: publish to reading.");
  const decoded = await decode({
    device,
    // Over HTTP the sender names the input, and there is no topic of its own.
    path: input === undefined ? (parseDeviceTopic(topic)?.rest ?? "") : "",
    payload,
    received,
    ...(input !== undefined && { input }),
    ...(contentType !== undefined && { contentType }),
  });
  if ("fault" in decoded) throw new Rejection(decoded.code, decoded.fault);
  return decoded.readings.map((value, index) => ({ value, bytes: payload, fault: undefined, index }));
}

/**
 * Keeps the messages of one device in their order while some of them are decoded elsewhere. Those of other devices go on.
 */
export class DeviceLanes {
  readonly #last = new Map<string, Promise<void>>();
  #bytes = 0;

  isBusy(device: string): boolean {
    return this.#last.has(device);
  }

  /** Runs `decode` after those before it of the same device, and `keep` with its result in that order. */
  async run<T, R>(
    { device, payload }: IncomingMessage,
    decode: () => Promise<T>,
    keep: (decoded: T) => Promise<R>,
  ): Promise<R> {
    if (this.#bytes + payload.byteLength > WAITING_BYTES_MAX)
      throw new PlatformError("overload", "Too many messages wait for inputs: send again later.", {
        retryable: true,
      });
    this.#bytes += payload.byteLength;
    const decoded = (this.#last.get(device) ?? Promise.resolve()).then(decode);
    // Before the next one's turn, so that what is kept keeps the order.
    const kept = decoded.then((result) => ({ keeping: keep(result) }));
    const release = (): void => {
      this.#bytes -= payload.byteLength;
      if (this.#last.get(device) === turn) this.#last.delete(device);
    };
    const turn: Promise<void> = decoded.then(release, release);
    this.#last.set(device, turn);
    return await (
      await kept
    ).keeping;
  }
}
