import type { Writable } from "node:stream";

/** MQTT 3.1.1, section 3.4: type and flags, remaining length, packet identifier. */
const PUBACK = 0x40;
const PUBACK_BYTES = 4;

interface Slot {
  messageId: number;
  done: boolean;
}

/**
 * The PUBACKs of one connection, in the order in which its messages came (MQTT-4.6.0-2), however the log answers. A
 * broker that comes back numbers its messages anew, so that a late PUBACK must never reach another connection: each has
 * an instance of its own, bound to its stream.
 */
export class Acknowledgements {
  readonly stream: Writable;
  #slots: Slot[] = [];
  #scheduled = false;

  constructor(stream: Writable) {
    this.stream = stream;
  }

  /** Call the result when the log holds the message. */
  expect(messageId: number): () => void {
    const slot: Slot = { messageId, done: false };
    this.#slots.push(slot);
    return () => {
      slot.done = true;
      if (this.#scheduled || this.#slots[0]?.done !== true) return;
      this.#scheduled = true;
      // One append answers many messages: their PUBACKs go out in one write.
      setImmediate(() => this.flush());
    };
  }

  /** Writes the PUBACKs of all messages at the head that are done. */
  flush(): void {
    this.#scheduled = false;
    const waiting = this.#slots.findIndex(({ done }) => !done);
    const ready = waiting < 0 ? this.#slots.length : waiting;
    if (ready === 0 || this.stream.destroyed || this.stream.writableEnded) return;
    const packets = Buffer.alloc(ready * PUBACK_BYTES);
    for (const [index, { messageId }] of this.#slots.slice(0, ready).entries()) {
      packets.writeUInt16BE((PUBACK << 8) | 2, index * PUBACK_BYTES);
      packets.writeUInt16BE(messageId, index * PUBACK_BYTES + 2);
    }
    this.#slots = this.#slots.slice(ready);
    this.stream.write(packets);
  }
}
