import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { addressKey } from "../../src/connection/address.ts";
import type { Limits } from "../../src/limits.ts";
import { Harness, scriptedIngest } from "../harness.ts";
import { TestAuthority } from "../pki.ts";

const authority = new TestAuthority();
const device = authority.device("m7");
const sockets: Socket[] = [];
let harness: Harness;

const start = async (limits: Partial<Limits>): Promise<void> => {
  harness = await Harness.start({ ingest: scriptedIngest(() => ({})), limits }, {}, authority);
};
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await harness.close(false);
});
afterAll(() => authority.remove());

/** A TCP connection that says nothing. */
async function silent(): Promise<Socket> {
  const socket = connect(harness.broker.port, "127.0.0.1");
  socket.on("error", () => undefined);
  sockets.push(socket);
  await once(socket, "connect");
  return socket;
}

const enters = (): Promise<"in" | "out"> =>
  harness.socket(device).then(
    () => "in",
    () => "out",
  );

describe("the gate", () => {
  test("closes more connections of one address than are allowed, and lets it in again when one has gone", async () => {
    await start({ connectionsPerAddressMax: 2 });
    const first = await harness.socket(device);
    await harness.socket(device);
    await expect(harness.socket(device)).rejects.toThrow();
    expect((await harness.log.line("connections-address")).msg).toContain(
      "SMP_MQTT_CONNECTIONS_PER_ADDRESS_MAX",
    );
    first.destroy();
    await expect.poll(enters, { timeout: 5_000 }).toBe("in");
  });

  test("closes new connections of one address beyond its rate", async () => {
    await start({ connectionsPerAddressPerSecond: 1, connectionsPerAddressBurst: 3 });
    for (let n = 0; n < 3; n++) await harness.socket(device);
    await expect(harness.socket(device)).rejects.toThrow();
    expect((await harness.log.line("connections-rate")).msg).toContain(
      "More than 1 new connections a second",
    );
    await expect.poll(enters, { timeout: 5_000 }).toBe("in");
  });

  test("closes what comes while too many handshakes are under way, before it costs a handshake", async () => {
    await start({ handshakesMax: 2, handshakeTimeoutMs: 60_000 });
    const [one] = [await silent(), await silent()];
    await expect(harness.socket(device)).rejects.toThrow();
    expect((await harness.log.line("handshakes")).msg).toContain("SMP_MQTT_HANDSHAKES_MAX");
    one?.destroy();
    await expect.poll(enters, { timeout: 5_000 }).toBe("in");
    // A finished handshake makes room for the next.
    await expect.poll(enters, { timeout: 5_000 }).toBe("in");
  });

  test("closes more connections than the broker takes in all", async () => {
    await start({ connectionsMax: 1 });
    await harness.socket(device);
    await expect(harness.socket(device)).rejects.toThrow();
    expect((await harness.log.line("connections")).msg).toContain("SMP_MQTT_CONNECTIONS_MAX");
  });

  test("does not hold up the end of a broker whose clients are in the middle of a handshake", async () => {
    await start({ handshakeTimeoutMs: 60_000 });
    const socket = await silent();
    const closed = once(socket, "close");
    await harness.broker.close();
    await closed;
  });
});

test.each([
  ["192.0.2.7", "192.0.2.7"],
  ["::ffff:192.0.2.7", "192.0.2.7"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:db8::1", "2001:db8:0:0::/64"],
  ["fe80::1%eth0", "fe80:0:0:0::/64"],
  ["::1", "0:0:0:0::/64"],
  [undefined, "unknown"],
])("a connection from %s counts for %s", (address, key) => {
  expect(addressKey(address)).toBe(key);
});
