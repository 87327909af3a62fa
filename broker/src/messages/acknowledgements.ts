import type { Client } from "aedes";

/** What is due to one connection. */
interface Due {
  messageIds: number[];
  done: (() => void)[];
}

/**
 * The PUBACKs of one turn of the event loop, one write for each connection. Aedes makes three writes and two timers for
 * each, and one append of the log answers hundreds.
 */
export class Acknowledgements {
  #due = new Map<Client, Due>();

  /** Acknowledges a PUBLISH of QoS 1. `done` lets Aedes read on: that waits until all PUBACKs of this turn are out. */
  add(client: Client, messageId: number, done: () => void): void {
    if (this.#due.size === 0) process.nextTick(() => this.#writeAll());
    let due = this.#due.get(client);
    if (!due) this.#due.set(client, (due = { messageIds: [], done: [] }));
    due.messageIds.push(messageId);
    due.done.push(done);
  }

  /** To be called before Aedes itself acknowledges: PUBACKs go out in the order of their messages (MQTT-4.6.0-2). */
  flush(client: Client): void {
    const due = this.#due.get(client);
    if (!due) return;
    this.#due.delete(client);
    write(client, due);
    for (const done of due.done) done();
  }

  #writeAll(): void {
    const all = this.#due;
    this.#due = new Map();
    for (const [client, due] of all) write(client, due);
    for (const { done } of all.values()) for (const each of done) each();
  }
}

function write({ conn, connecting, connected }: Client, { messageIds }: Due): void {
  // As Aedes does: a client is still `connecting` for a moment after its CONNACK. The end of one that is neither is told
  // elsewhere, and its device sends again.
  if (!(connecting || connected) || !conn.writable) return;
  const bytes = Buffer.allocUnsafe(4 * messageIds.length);
  let at = 0;
  for (const id of messageIds) {
    bytes[at++] = 0x40;
    bytes[at++] = 2;
    bytes[at++] = id >> 8;
    bytes[at++] = id & 0xff;
  }
  conn.write(bytes);
}
