import type { Counter } from "prom-client";
import type { Limits } from "../limits.ts";
import { Refusal } from "../refusal.ts";
import { TokenBucket } from "../token-bucket.ts";

type RateLimits = Pick<
  Limits,
  "messagesPerSecond" | "messagesBurst" | "bytesPerSecond" | "bytesBurst" | "rateWaitMsMax"
>;

interface Rate {
  messages: TokenBucket;
  bytes: TokenBucket;
  /** Messages that wait for their turn, and the turn of the last of them. */
  waiting: number;
  last: Promise<void>;
}

/**
 * What each device may send. A message over the rate waits for its turn, and with it its PUBACK: Aedes reads no more of
 * that client meanwhile, so a client that waits for PUBACKs, such as one that drains a journal, only becomes slower. A
 * message that would wait longer than `rateWaitMsMax` comes from a client that does not wait for them: it is refused
 * when that time is over, which ends the connection. docs/decisions/005-device-rates.md.
 */
export class DeviceRates {
  readonly #limits: RateLimits;
  readonly #slowed: Counter;
  readonly #rates = new Map<string, Rate>();

  constructor(limits: RateLimits, slowed: Counter) {
    this.#limits = limits;
    this.#slowed = slowed;
  }

  /** Resolves when the message may go on, in the order of the calls; `undefined`: at once. Rejects with a `Refusal`. */
  turn(device: string, bytes: number): Promise<void> | undefined {
    const nowMs = performance.now();
    const rate = this.#rateOf(device);
    const waitMs = Math.max(rate.messages.waitMs(1, nowMs), rate.bytes.waitMs(bytes, nowMs));
    const { rateWaitMsMax } = this.#limits;
    // What is refused is not booked: a device that comes back after a flood is not punished for its length.
    const refusal = waitMs > rateWaitMsMax ? this.#refusal(device) : undefined;
    if (!refusal) {
      rate.messages.book(1, nowMs);
      rate.bytes.book(bytes, nowMs);
      if (waitMs === 0 && rate.waiting === 0) return undefined;
    }
    this.#slowed.inc();
    const untilMs = nowMs + Math.min(waitMs, rateWaitMsMax);
    const turn = waitBehind(rate, untilMs).then(() => (refusal ? Promise.reject(refusal) : undefined));
    rate.last = turn.catch(() => undefined);
    return turn;
  }

  /** Forgets the devices that have sent nothing for so long that forgetting changes nothing. */
  sweep(): void {
    const nowMs = performance.now();
    for (const [device, { messages, bytes, waiting }] of this.#rates)
      if (waiting === 0 && messages.isFull(nowMs) && bytes.isFull(nowMs)) this.#rates.delete(device);
  }

  get size(): number {
    return this.#rates.size;
  }

  #rateOf(device: string): Rate {
    const known = this.#rates.get(device);
    if (known) return known;
    const { messagesPerSecond, messagesBurst, bytesPerSecond, bytesBurst } = this.#limits;
    const rate = {
      messages: new TokenBucket(messagesPerSecond, messagesBurst),
      bytes: new TokenBucket(bytesPerSecond, bytesBurst),
      waiting: 0,
      last: Promise.resolve(),
    };
    this.#rates.set(device, rate);
    return rate;
  }

  #refusal(device: string): Refusal {
    const { messagesPerSecond, bytesPerSecond, rateWaitMsMax } = this.#limits;
    return new Refusal(
      "rate",
      `Device ${device} sent more than ${messagesPerSecond} messages or ${bytesPerSecond} bytes a second for ${rateWaitMsMax / 1_000} s without waiting for PUBACKs: let it send batches, or raise SMP_MQTT_MESSAGES_PER_SECOND and SMP_MQTT_BYTES_PER_SECOND.`,
    );
  }
}

async function waitBehind(rate: Rate, untilMs: number): Promise<void> {
  rate.waiting++;
  await rate.last;
  await sleep(untilMs - performance.now());
  rate.waiting--;
}

const sleep = (ms: number): Promise<void> | undefined =>
  ms > 0
    ? new Promise((resolve) => {
        setTimeout(resolve, ms).unref();
      })
    : undefined;
