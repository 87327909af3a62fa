import type { Client } from "aedes";

/** What Aedes 1.2.0 keeps of a client: one that does not drain within the broker's `drainTimeout` is closed. */
interface Drained {
  waitForDrain(done: () => void): void;
}

/** Keeps what is due to its connection. */
interface Owed {
  due?: Due | undefined;
}

/** What is due to one connection. */
export interface Due {
  session: Owed;
  client: Client;
  messageIds: number[];
  done: (() => void)[];
}

export interface Acknowledged extends Pick<Due, "session" | "client"> {
  messageId: number;
  /** Lets Aedes read on: that waits until all PUBACKs of this turn are out. */
  done: () => void;
}

/**
 * The PUBACKs of one turn of the event loop, one write for each connection. Aedes makes three writes and two timers for
 * each, and one append of the log answers hundreds.
 */
export class Acknowledgements {
  #due: Due[] = [];

  /** Acknowledges a PUBLISH of QoS 1. */
  add({ session, client, messageId, done }: Acknowledged): void {
    if (this.#due.length === 0) process.nextTick(() => this.#writeAll());
    const { due } = session;
    if (due) {
      due.messageIds.push(messageId);
      due.done.push(done);
      return;
    }
    // Mostly there is one: an empty list that grows makes room for 17.
    session.due = { session, client, messageIds: [messageId], done: [done] };
    this.#due.push(session.due);
  }

  /** To be called before Aedes itself acknowledges: PUBACKs go out in the order of their messages (MQTT-4.6.0-2). */
  flush({ due }: Owed): void {
    if (!due) return;
    write(due);
    const { done } = due;
    [due.messageIds, due.done] = [[], []];
    for (const each of done) each();
  }

  #writeAll(): void {
    const all = this.#due;
    this.#due = [];
    for (const due of all) write(due);
    for (const { done } of all) for (const each of done) each();
  }
}

function write({ session, client, messageIds }: Due): void {
  session.due = undefined;
  const { conn, connecting, connected } = client;
  // As Aedes does: a client is still `connecting` for a moment after its CONNACK. The end of one that is neither is told
  // elsewhere, and its device sends again.
  if (messageIds.length === 0 || !(connecting || connected) || !conn.writable) return;
  const bytes = Buffer.allocUnsafe(4 * messageIds.length);
  let at = 0;
  for (const id of messageIds) {
    bytes[at++] = 0x40;
    bytes[at++] = 2;
    bytes[at++] = id >> 8;
    bytes[at++] = id & 0xff;
  }
  // One that takes no PUBACKs is cut, as a subscriber that takes no messages is: they would wait in memory without an end.
  if (!conn.write(bytes)) (client as Client & Drained).waitForDrain(() => undefined);
}
