import { once } from "node:events";
import { connect as connectTcp } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { LIMITS } from "../../src/limits.ts";
import { Harness, next, scriptedIngest } from "../harness.ts";
import { TestAuthority } from "../pki.ts";

let harness: Harness;
let authority: TestAuthority;

beforeAll(async () => {
  authority = new TestAuthority("Smart Meter CA");
  harness = await Harness.start(
    { ingest: scriptedIngest(), limits: { sessionsPerIdentityMax: 2 } },
    {},
    authority,
  );
});
afterAll(() => harness.close());
beforeEach(() => {
  harness.log.lines.length = 0;
});

async function refusals(reason: string): Promise<number> {
  const metric = await harness.broker.metrics.getSingleMetric("smp_broker_refusals_total")?.get();
  return metric?.values.find(({ labels }) => labels["reason"] === reason)?.value ?? 0;
}

describe("a TLS handshake", () => {
  test("N01: without a certificate fails, and the log says so", async () => {
    const before = await refusals("no-certificate");
    expect(await harness.refused({})).toBe("closed");
    expect((await harness.log.line("no-certificate")).msg).toContain("showed no certificate");
    expect(await refusals("no-certificate")).toBe(before + 1);
  });

  test("N04: with a certificate that its bearer has signed himself fails", async () => {
    const self = authority.leaf({ san: "URI:urn:smp:device:m7", commonName: "m7", issuer: "itself" });
    expect(await harness.refused(self)).toBe("closed");
    expect((await harness.log.line("certificate-untrusted")).msg).toContain("does not come from our CA");
  });

  test("N05: with a certificate of another CA, even one of the same name, fails", async () => {
    const rogue = new TestAuthority("Smart Meter CA");
    expect(await harness.refused(rogue.device("m7"))).toBe("closed");
    expect((await harness.log.line("certificate-untrusted")).msg).toContain("does not come from our CA");
    rogue.remove();
  });

  test("N02: with an expired certificate fails", async () => {
    expect(await harness.refused(authority.dated("m7", "20200101", "20200103"))).toBe("closed");
    const { msg, address } = await harness.log.line("certificate-expired");
    expect(msg).toContain("renew it");
    expect(address).toBe("127.0.0.1");
  });

  test("N03: with a certificate that is not yet valid fails", async () => {
    expect(await harness.refused(authority.dated("m7", "20900101", "20900103"))).toBe("closed");
    expect((await harness.log.line("certificate-not-yet-valid")).msg).toContain("clock");
  });

  test("N07: with a certificate that a device has signed fails", async () => {
    const device = authority.device("m7");
    const signed = authority.leaf({ san: "URI:urn:smp:device:m8", commonName: "m8", issuer: device });
    const cert = Buffer.concat([signed.cert, device.cert]);
    expect(await harness.refused({ cert, key: signed.key })).toBe("closed");
    expect((await harness.log.line("certificate-untrusted")).msg).toMatch(/INVALID_CA|PATH_LENGTH/);
  });

  test("N08: with a certificate of a CA below the issuing one fails", async () => {
    const below = authority.leaf({ san: "DNS:sub", commonName: "sub", usage: "none", isAuthority: true });
    const signed = authority.leaf({ san: "URI:urn:smp:device:m8", commonName: "m8", issuer: below });
    const cert = Buffer.concat([signed.cert, below.cert]);
    expect(await harness.refused({ cert, key: signed.key })).toBe("closed");
    expect((await harness.log.line("certificate-untrusted")).msg).toContain("PATH_LENGTH_EXCEEDED");
  });

  test("N06: with a server's certificate fails", async () => {
    const server = authority.leaf({ san: "URI:urn:smp:device:m7", commonName: "m7", usage: "serverAuth" });
    expect(await harness.refused(server)).toBe("closed");
    expect((await harness.log.line("certificate-purpose")).msg).toContain("not meant for clients");
  });

  test("of somebody who does not speak TLS fails", async () => {
    const socket = connectTcp(harness.broker.port, "127.0.0.1");
    socket.on("error", () => undefined);
    socket.write("GET / HTTP/1.1\r\n\r\n");
    await once(socket, "close");
    expect((await harness.log.line("not-tls")).msg).toContain("HTTP");
  });

  test("that somebody only looked for the port is told as what it is", async () => {
    const socket = connectTcp(harness.broker.port, "127.0.0.1");
    await once(socket, "connect");
    socket.destroy();
    const { msg, address } = await harness.log.line("handshake");
    expect(msg).toContain("as a check of the port does");
    expect(address).toBe("127.0.0.1");
  });

  test("N33: that is never begun is broken off", async () => {
    const quick = await Harness.start(
      { ingest: scriptedIngest(), limits: { handshakeTimeoutMs: 300 } },
      {},
      authority,
    );
    const socket = connectTcp(quick.broker.port, "127.0.0.1");
    socket.on("error", () => undefined);
    await once(socket, "close");
    expect((await quick.log.line("handshake-timeout")).msg).toContain("in time");
    await quick.close(false);
  });

  test("N34: that comes a byte at a time is broken off", async () => {
    const quick = await Harness.start(
      { ingest: scriptedIngest(), limits: { handshakeTimeoutMs: 500 } },
      {},
      authority,
    );
    const socket = connectTcp(quick.broker.port, "127.0.0.1");
    socket.on("error", () => undefined);
    // The first bytes of a ClientHello of 512 bytes.
    const bytes = [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03];
    const timer = setInterval(() => socket.write(Buffer.from([bytes.shift() ?? 0])), 50);
    // Not `once` of events: a connection that is broken off may be reset, and that is no failure here.
    await new Promise<void>((resolve) => socket.once("close", () => resolve()));
    clearInterval(timer);
    expect((await quick.log.line("handshake-timeout")).msg).toContain("in time");
    await quick.close(false);
  });
});

describe("a certificate of our CA", () => {
  test.each([
    [
      "two URI names",
      { san: "URI:urn:smp:device:m7,URI:urn:smp:device:m8", commonName: "m7" },
      "2 URI names",
    ],
    ["no URI name", { san: "DNS:m7", commonName: "m7" }, "0 URI names"],
    ["an unknown role", { san: "URI:urn:smp:admin:m7", commonName: "m7" }, "is not urn:smp:device"],
    ["an id with capitals", { san: "URI:urn:smp:device:M7", commonName: "M7" }, "is not urn:smp:device"],
    ["a name that goes on", { san: "URI:urn:smp:device:m7/x", commonName: "m7" }, "is not urn:smp:device"],
    ["another common name", { san: "URI:urn:smp:device:m7", commonName: "m8" }, "is not the id m7"],
    ["no client usage", { san: "URI:urn:smp:device:m7", commonName: "m7", usage: "none" }, "no clientAuth"],
  ] as const)("N20: with %s is refused at CONNECT", async (_, options, why) => {
    expect(await harness.refused(authority.leaf(options))).toBe(5);
    expect((await harness.log.line("certificate-profile")).msg).toContain(why);
  });
});

describe("a name with an odd character inside", () => {
  test.each([
    ["a comma before another role's name", "urn:smp:device:m7, URI:urn:smp:service:home"],
    ["a comma behind a harmless name", "x, URI:urn:smp:device:m7"],
    ["a line feed", "urn:smp:device:m7\nURI:urn:smp:device:m8"],
    ["a zero byte", "urn:smp:device:m7\0.example"],
  ])("N20: %s is refused", async (_, uri) => {
    expect(await harness.refused(authority.oddName(uri, "m7"))).toBe(5);
    expect((await harness.log.line("certificate-profile")).msg).toMatch(/malformed|is not urn:smp:device/);
  });
});

describe("CONNECT", () => {
  test.each([
    "m8",
    "__proto__",
    "constructor",
    "a/#",
    "m7-2",
    "device:m7",
    "\u0001",
    "m7\0",
    "x".repeat(3_000),
  ])(
    "N29, N30: with the client id %j of a device is refused with code 2, and m8 stays connected",
    async (clientId) => {
      const victim = await harness.connect(authority.device("m8"), { clientId: "m8" });
      expect(await harness.refused(authority.device("m7"), { clientId })).toBe(2);
      expect((await harness.log.line("client-id")).msg).toContain('use "m7", or none');
      expect(victim.connected).toBe(true);
      await victim.endAsync();
    },
  );

  test.each(["", "mosq-AbC123", "mqttjs_0a1b2c3d", "m7"])(
    "with the client id %j of a device is let in",
    async (clientId) => {
      const client = await harness.connect(authority.device("m7"), { clientId });
      expect(client.connected).toBe(true);
      await client.endAsync();
    },
  );

  test("of a second session with the device's own id ends the first one", async () => {
    const device = authority.device("m7");
    const first = await harness.connect(device, { clientId: "m7" });
    const closed = next(first, "close");
    const second = await harness.connect(device, { clientId: "m7" });
    await closed;
    expect(second.connected).toBe(true);
    await second.endAsync();
  });

  test("of more sessions than one certificate may have is refused", async () => {
    const tap = authority.consumer("tap");
    const clients = [
      await harness.connect(tap, { clientId: "tap-1" }),
      await harness.connect(tap, { clientId: "tap-2" }),
    ];
    expect(await harness.refused(tap, { clientId: "tap-3" })).toBe(3);
    for (const client of clients) await client.endAsync();
    await expect.poll(() => harness.broker.health().sessions).toBe(0);
    const again = await harness.connect(tap, { clientId: "tap-3" });
    await again.endAsync();
  });

  test("of a device that has all its sessions is let in with its own id, and ends the session of that name", async () => {
    const device = authority.device("m7");
    const others = [await harness.connect(device), await harness.connect(device)];
    const first = await harness.connect(device, { clientId: "m7" });
    const closed = next(first, "close");
    const second = await harness.connect(device, { clientId: "m7" });
    await closed;
    expect(await harness.refused(device)).toBe(3);
    for (const client of [...others, second]) await client.endAsync();
  });

  test("N37: with MQTT 5 or 3.1 is answered with unacceptable protocol version", async () => {
    const device = authority.device("m7");
    expect(await harness.refused(device, { protocolVersion: 3, protocolId: "MQIsdp", clientId: "m7" })).toBe(
      1,
    );
    expect(await harness.refused(device, { protocolVersion: 5 })).not.toBe(0);
    expect((await harness.log.line("protocol-version")).msg).toContain("set the client to MQTT 3.1.1");
  });

  test.each([0, LIMITS.keepaliveMaxS + 1])("N35: with keepalive %i is refused", async (keepalive) => {
    expect(await harness.refused(authority.device("m7"), { keepalive, reschedulePings: false })).toBe(5);
    expect((await harness.log.line("keepalive")).msg).toContain(String(keepalive));
  });

  test("with the longest keepalive and the largest will is let in", async () => {
    const payload = Buffer.alloc(LIMITS.willBytesMax, "x");
    const will = { topic: "sm/v1/m7/status", payload, qos: 1 } as const;
    const keepalive = LIMITS.keepaliveMaxS;
    await (await harness.connect(authority.device("m7"), { keepalive, will })).endAsync();
  });

  test.each([
    "sm/v1/m8/status",
    "sm/v1/m8/raw/online",
    "sm/v1/m7/raw/+",
    "sm/v1/m7/reading",
    "sm/v1/+/status",
    "$SYS/x",
    "live/v1/m7",
  ])("N36: with a will to %s is refused", async (topic) => {
    const will = { topic, payload: Buffer.from("offline"), qos: 1, retain: true } as const;
    expect(await harness.refused(authority.device("m7"), { will })).toBe(5);
    expect((await harness.log.line("will")).msg).toContain(topic);
  });

  test("N36: with a large will, or one of a consumer that has a device's name, is refused", async () => {
    const will = { topic: "sm/v1/m7/status", payload: Buffer.alloc(0), qos: 1, retain: true } as const;
    const large = { ...will, payload: Buffer.alloc(LIMITS.willBytesMax + 1, "x") };
    expect(await harness.refused(authority.device("m7"), { will: large })).toBe(5);
    expect(await harness.refused(authority.consumer("m7"), { will })).toBe(5);
  });

  test("N51: that asks for a lasting session gets none, and is told so: nothing is queued for who is gone", async () => {
    const client = harness.open(authority.device("m7"), { clientId: "m7", clean: false });
    const [connack] = (await next(client, "connect")) as [{ sessionPresent: boolean }];
    await client.endAsync();
    const again = harness.open(authority.device("m7"), { clientId: "m7", clean: false });
    const [second] = (await next(again, "connect")) as [{ sessionPresent: boolean }];
    expect([connack.sessionPresent, second.sessionPresent]).toEqual([false, false]);
    await again.endAsync();
  });
});
