/** The hand-over of the newest readings of 100,000 meters takes some 30 MB. */
const WAITING_BYTES_MAX = 128 * 2 ** 20;
/** Of a message beside its word. */
const MESSAGE_BYTES = 100;

/** Sends to another process; calls back when the message does not wait in this one any more. */
export type Send<Message> = (message: Message, sent: () => void) => void;

export interface ChannelOptions {
  bytesMax?: number;
  /** Told when the limit is passed. */
  full?: (waitingBytes: number) => void;
  /** Told when it reads again, of messages that were left out meanwhile. */
  missed?: (messages: number) => void;
}

/**
 * The way from one process to another. What that has not read waits here, up to a limit, beyond which nothing is sent until it reads
 * again. One that is gone is told nothing, and its end is heard of.
 */
export class LimitedChannel<Message> {
  readonly #send: Send<Message>;
  readonly #options: ChannelOptions;
  #waitingBytes = 0;
  #missed = 0;

  constructor(send: Send<Message>, options: ChannelOptions = {}) {
    this.#send = send;
    this.#options = options;
  }

  send(message: Message): void {
    const { bytesMax = WAITING_BYTES_MAX, full } = this.#options;
    if (this.#waitingBytes > bytesMax) {
      this.#missed++;
      return;
    }
    const bytes = MESSAGE_BYTES + wordLength(message);
    this.#waitingBytes += bytes;
    this.#send(message, () => this.#sent(bytes));
    if (this.#waitingBytes > bytesMax) full?.(this.#waitingBytes);
  }

  #sent(bytes: number): void {
    this.#waitingBytes -= bytes;
    if (this.#missed === 0) return;
    this.#options.missed?.(this.#missed);
    this.#missed = 0;
  }
}

const wordLength = (message: unknown): number =>
  typeof message === "object" && message !== null && "word" in message && typeof message.word === "string"
    ? message.word.length
    : 0;
