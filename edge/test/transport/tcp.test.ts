import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { tcpTransport } from "../../src/transport/tcp.ts";
import { collect, endsOnAbort, testClock, withResolvers } from "./support.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** A gateway that does with each connection what its script says. */
async function gateway(...script: ((socket: Socket) => void)[]): Promise<{ port: number; server: Server }> {
  let connections = 0;
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    script[Math.min(connections++, script.length - 1)]?.(socket);
  });
  servers.push(server);
  await once(server.listen(0, "127.0.0.1"), "listening");
  return { port: (server.address() as AddressInfo).port, server };
}

const clock = (): ReturnType<typeof testClock> => testClock(0);

test("bytes arrive as the gateway sends them", async () => {
  const { port } = await gateway((socket) => socket.write("68FAFA68"));
  const transport = tcpTransport({ host: "127.0.0.1", port, clock: clock() });
  expect(transport.name).toBe(`tcp 127.0.0.1:${port}`);
  expect((await collect(transport, (received) => received.length >= 8)).toString()).toBe("68FAFA68");
});

test("a connection that the gateway closes or resets is opened again, and nothing is doubled", async () => {
  const time = clock();
  const { port } = await gateway(
    (socket) => socket.end("one "),
    (socket) => socket.write("two ", () => socket.resetAndDestroy()),
    (socket) => socket.write("three"),
  );
  const transport = tcpTransport({ host: "127.0.0.1", port, clock: time });
  const received = await collect(transport, (soFar) => soFar.toString().endsWith("three"));
  // A reset may overtake bytes that the system has not yet handed over; those are lost on the line.
  expect(received.toString()).toMatch(/^one (two )?three$/);
  expect(time.slept).toHaveLength(2);
});

test("the delay doubles up to half a minute while nothing arrives, and starts anew after a byte", async () => {
  const time = clock();
  const refuse = (socket: Socket): void => void socket.destroy();
  const { port } = await gateway(
    ...Array.from({ length: 8 }, () => refuse),
    (socket) => socket.end("x"),
    (socket) => socket.write("y"),
  );
  const transport = tcpTransport({ host: "127.0.0.1", port, clock: time });
  await collect(transport, (received) => received.toString() === "xy");
  const full = [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 500];
  expect(time.slept).toHaveLength(full.length);
  time.slept.forEach((ms, index) => {
    expect(ms / (full[index] ?? 0)).toBeGreaterThanOrEqual(0.5);
    expect(ms / (full[index] ?? 0)).toBeLessThanOrEqual(1);
  });
});

test("a gateway that is not there yet is found when it comes", async () => {
  const { port, server } = await gateway((socket) => socket.write("here"));
  server.close();
  await once(server, "close");
  let attempts = 0;
  const time = testClock(0);
  const transport = tcpTransport({
    host: "127.0.0.1",
    port,
    clock: {
      now: () => time.now(),
      async sleep(ms, signal) {
        if (++attempts === 2) await once(server.listen(port, "127.0.0.1"), "listening");
        await time.sleep(ms, signal);
      },
    },
  });
  expect((await collect(transport, (received) => received.length === 4)).toString()).toBe("here");
});

test("a connection on which nothing arrives is taken as lost", async () => {
  const { port } = await gateway(
    () => undefined,
    (socket) => socket.write("back"),
  );
  const transport = tcpTransport({ host: "127.0.0.1", port, silenceMsMax: 30, clock: clock() });
  expect((await collect(transport, (received) => received.length === 4)).toString()).toBe("back");
});

test("an abort ends a silent connection at once and closes it", async () => {
  const connected = withResolvers<Socket>();
  const { port } = await gateway((socket) => connected.resolve(socket.resume()));
  await endsOnAbort(tcpTransport({ host: "127.0.0.1", port }), connected.promise);
  const socket = await connected.promise;
  if (!socket.destroyed) await once(socket, "close");
  expect(socket.destroyed).toBe(true);
});

test("an abort ends the wait before the next attempt at once", async () => {
  const refused = withResolvers<void>();
  const { port } = await gateway((socket) => {
    socket.destroy();
    refused.resolve();
  });
  const began = performance.now();
  await endsOnAbort(tcpTransport({ host: "127.0.0.1", port }), refused.promise);
  expect(performance.now() - began).toBeLessThan(400);
});

test("an abort before the start opens nothing", async () => {
  const { port, server } = await gateway(() => undefined);
  let connections = 0;
  server.on("connection", () => connections++);
  const transport = tcpTransport({ host: "127.0.0.1", port });
  for await (const chunk of transport.bytes(AbortSignal.abort()))
    throw new Error(`got ${chunk.length} bytes`);
  expect(connections).toBe(0);
});

test("a consumer that does not read holds the gateway back instead of filling memory", async () => {
  const flood = Buffer.alloc(1024 * 1024, 0x55);
  const sent = { bytes: 0 };
  const { port } = await gateway((socket) => {
    const pump = (): void => {
      if (socket.destroyed || sent.bytes >= 200 * flood.length) return;
      sent.bytes += flood.length;
      socket.write(flood);
    };
    socket.on("drain", pump);
    pump();
  });
  const stop = new AbortController();
  let chunkBytesMax = 0;
  for await (const chunk of tcpTransport({ host: "127.0.0.1", port }).bytes(stop.signal)) {
    chunkBytesMax = Math.max(chunkBytesMax, chunk.length);
    // Long enough for loopback to carry hundreds of megabytes, if nobody held it back.
    await new Promise((resolve) => {
      setTimeout(resolve, 300);
    });
    stop.abort();
  }
  expect(chunkBytesMax).toBeLessThanOrEqual(64 * 1024);
  expect(sent.bytes).toBeLessThan(20 * flood.length);
});
