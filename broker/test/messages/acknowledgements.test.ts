import type { Client } from "aedes";
import { expect, test } from "vitest";
import { type Acknowledged, Acknowledgements } from "../../src/messages/acknowledgements.ts";

/** A connection that notes what is written to it, and when it is read on. */
function fake(
  name: string,
  log: string[],
  { connecting = false, connected = true } = {},
): Pick<Acknowledged, "session" | "client" | "done"> {
  const write = (bytes: Buffer): boolean => log.push(`${name} ${bytes.toString("hex")}`) > 0;
  const client = { connecting, connected, conn: { writable: true, write } } as unknown as Client;
  return { session: {}, client, done: () => log.push(`${name} reads`) };
}
const ticked = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("PUBACKs of one turn are one write for each connection, and only then more is read", async () => {
  const log: string[] = [];
  const acknowledgements = new Acknowledgements();
  const [a, b] = [fake("a", log), fake("b", log)];
  acknowledgements.add({ ...a, messageId: 1 });
  acknowledgements.add({ ...b, messageId: 0x1234 });
  acknowledgements.add({ ...a, messageId: 2 });
  expect(log).toEqual([]);
  await ticked();
  expect(log).toEqual(["a 4002000140020002", "b 40021234", "a reads", "a reads", "b reads"]);
  acknowledgements.add({ ...a, messageId: 3 });
  await ticked();
  expect(log.slice(5)).toEqual(["a 40020003", "a reads"]);
});

test("what is due goes out before Aedes acknowledges the next message", async () => {
  const log: string[] = [];
  const acknowledgements = new Acknowledgements();
  const [a, b] = [fake("a", log), fake("b", log)];
  acknowledgements.add({ ...a, messageId: 1 });
  acknowledgements.add({ ...b, messageId: 1 });
  acknowledgements.flush(a.session);
  log.push("Aedes");
  acknowledgements.add({ ...a, messageId: 3 });
  await ticked();
  expect(log).toEqual(["a 40020001", "a reads", "Aedes", "b 40020001", "a 40020003", "b reads", "a reads"]);
});

test("a client that is behind its CONNACK, and which Aedes does not yet call connected, is answered", async () => {
  const log: string[] = [];
  const a = fake("a", log, { connecting: true, connected: false });
  new Acknowledgements().add({ ...a, messageId: 1 });
  await ticked();
  expect(log).toEqual(["a 40020001", "a reads"]);
});

test("a connection that is gone is written nothing", async () => {
  const log: string[] = [];
  const acknowledgements = new Acknowledgements();
  acknowledgements.add({ ...fake("a", log, { connected: false }), messageId: 1 });
  await ticked();
  expect(log).toEqual(["a reads"]);
});

test("a connection whose PUBACKs nobody reads is cut as a frozen subscriber is", async () => {
  const log: string[] = [];
  const a = fake("a", log);
  Object.assign(a.client.conn, { write: () => false });
  Object.assign(a.client, { waitForDrain: () => log.push("a must drain") });
  new Acknowledgements().add({ ...a, messageId: 1 });
  await ticked();
  expect(log).toEqual(["a must drain", "a reads"]);
});
