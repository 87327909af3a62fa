import { EventEmitter } from "node:events";
import { Duplex } from "node:stream";
import type { Client } from "aedes";
import { beforeEach, expect, test } from "vitest";
import { readAtOnce } from "../../src/connection/incoming.ts";

/** A client of Aedes behind its CONNACK; each byte of a chunk is a packet, which is under way until `_nextBatch`. */
class FakeClient extends EventEmitter {
  /** Chunks that were parsed, and the end. */
  readonly heard: string[] = [];
  readonly conn = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() });
  _parsingBatch = 0;
  _paused = false;
  connecting = false;
  connackSent = true;
  _nextBatch = (): void => void this.heard.push(`by Aedes: ${String(this.conn.read())}`);
  readonly _parser = {
    parse: (bytes: Buffer): number => {
      this.heard.push(bytes.toString());
      return (this._parsingBatch += bytes.length);
    },
  };

  constructor() {
    super();
    this.conn.on("readable", this._nextBatch);
    this.conn.on("end", () => this.heard.push("end"));
    readAtOnce(this as unknown as Client);
  }

  async comes(chunk: string | null): Promise<void> {
    this.conn.push(chunk);
    // As Node's sockets do: a stream that is empty ends at once.
    if (chunk === null) this.conn.read(0);
    await turned();
  }
}
const turned = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

let client: FakeClient;
beforeEach(async () => {
  client = new FakeClient();
  await turned();
});

test("a chunk is parsed when it comes, and Aedes reads nothing by itself", async () => {
  client.conn.push("a");
  expect(client.heard).toEqual(["a"]);
  client._nextBatch();
  await client.comes("b");
  await client.comes(null);
  expect(client.heard).toEqual(["a", "b", "end"]);
});

test("while more than one packet is under way a chunk waits, and the end behind it too", async () => {
  await client.comes("abc");
  await client.comes("d");
  await client.comes("e");
  await client.comes(null);
  expect(client.heard).toEqual(["abc"]);
  client._nextBatch();
  client._nextBatch();
  await turned();
  expect(client.heard).toEqual(["abc", "d", "e", "end"]);
});

test("of a socket that is not read only as much waits as a stream holds", async () => {
  await client.comes("abc");
  expect(client.conn.push("d".repeat(client.conn.readableHighWaterMark - 1))).toBe(true);
  expect(client.conn.push("e")).toBe(false);
});

test("nothing is parsed while Aedes pauses a client, or after its end", async () => {
  client._paused = true;
  await client.comes("a");
  expect(client.heard).toEqual([]);
  client._paused = false;
  client._nextBatch();
  await turned();
  expect(client.heard).toEqual(["a"]);
  Object.assign(client, { closed: true, _parsingBatch: 0 });
  await client.comes("b");
  expect(client.heard).toEqual(["a"]);
});

test("what comes behind a CONNECT waits for its CONNACK", async () => {
  client.connackSent = false;
  await client.comes("C");
  client.connecting = true;
  await client.comes("a");
  expect(client.heard).toEqual(["C"]);
  client.connackSent = true;
  client._nextBatch();
  await turned();
  expect(client.heard).toEqual(["C", "a"]);
});
