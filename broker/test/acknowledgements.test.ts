import type { Client } from "aedes";
import { expect, test } from "vitest";
import { Acknowledgements } from "../src/messages/acknowledgements.ts";

/** A connection that notes what is written to it. */
function fakeClient(name: string, log: string[], { connecting = false, connected = true } = {}): Client {
  const write = (bytes: Buffer): void => void log.push(`${name} ${bytes.toString("hex")}`);
  return { connecting, connected, conn: { writable: true, write } } as unknown as Client;
}
const ticked = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("PUBACKs of one turn are one write for each connection, and only then more is read", async () => {
  const log: string[] = [];
  const acknowledgements = new Acknowledgements();
  const [a, b] = [fakeClient("a", log), fakeClient("b", log)];
  acknowledgements.add(a, 1, () => log.push("a reads"));
  acknowledgements.add(b, 0x1234, () => log.push("b reads"));
  acknowledgements.add(a, 2, () => log.push("a reads"));
  expect(log).toEqual([]);
  await ticked();
  expect(log).toEqual(["a 4002000140020002", "b 40021234", "a reads", "a reads", "b reads"]);
  acknowledgements.add(a, 3, () => undefined);
  await ticked();
  expect(log.slice(5)).toEqual(["a 40020003"]);
});

test("what is due goes out before Aedes acknowledges the next message", async () => {
  const log: string[] = [];
  const acknowledgements = new Acknowledgements();
  const [a, b] = [fakeClient("a", log), fakeClient("b", log)];
  acknowledgements.add(a, 1, () => log.push("a reads"));
  acknowledgements.add(b, 1, () => log.push("b reads"));
  acknowledgements.flush(a);
  log.push("Aedes");
  acknowledgements.add(a, 3, () => log.push("a reads"));
  await ticked();
  expect(log).toEqual(["a 40020001", "a reads", "Aedes", "b 40020001", "a 40020003", "b reads", "a reads"]);
});

test("a client that is behind its CONNACK, and which Aedes does not yet call connected, is answered", async () => {
  const log: string[] = [];
  const client = fakeClient("a", log, { connecting: true, connected: false });
  new Acknowledgements().add(client, 1, () => undefined);
  await ticked();
  expect(log).toEqual(["a 40020001"]);
});

test("a connection that is gone is written nothing", async () => {
  const log: string[] = [];
  const acknowledgements = new Acknowledgements();
  acknowledgements.add(fakeClient("a", log, { connected: false }), 1, () => log.push("done"));
  await ticked();
  expect(log).toEqual(["done"]);
});
