import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { encodeReading } from "../../src/publisher/message.ts";
import { Publisher } from "../../src/publisher/publisher.ts";
import { eventually } from "../eventually.ts";
import { openJournal, scratch, silent, upTo } from "../journal/scratch.ts";
import { scriptedBroker } from "./scripted-broker.ts";

/** A line to the broker that can go dead without anybody being told. */
async function line(port: number): Promise<{ port: number; goDead(): void; connections: () => number }> {
  const dead = new Set<Socket>();
  const alive = new Set<Socket>();
  let connections = 0;
  const server = createServer((near) => {
    connections++;
    const far = connect(port, "localhost");
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      alive.add(from);
      from.on("data", (chunk) => void (dead.has(from) || to.write(chunk)));
      from.on("error", () => undefined);
      from.on("close", () => void (dead.has(from) || to.destroy()));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  onTestFinished(() => {
    for (const socket of alive) socket.destroy();
    server.close();
  });
  return {
    port: (server.address() as AddressInfo).port,
    goDead: () => alive.forEach((socket) => dead.add(socket)),
    connections: () => connections,
  };
}

test("a line that is dead without an end is found out, and what went into it is sent again, once", async () => {
  const broker = await scriptedBroker();
  const tunnel = await line(broker.port);
  const journal = await openJournal(await scratch());
  const publisher = new Publisher(
    {
      device: "house-7",
      url: `mqtt://localhost:${tunnel.port}`,
      certificates: undefined,
      order: "oldest-first",
      limits: { ackMsMax: 500, livePerSecond: 1_000, drainPerSecond: 1_000, reconnectFirstMsMax: 20 },
    },
    { log: silent, journal },
  );
  onTestFinished(async () => {
    await publisher.close();
    await journal.close();
  });
  const write = async (count: number): Promise<void> => {
    for (let done = 0; done < count; done++) {
      await journal.append((sequence) =>
        encodeReading({ t: 1_780_000_000_000 + sequence, r: { "1-0:16.7.0": sequence } }, sequence),
      );
      publisher.wake();
    }
  };
  await write(3);
  await eventually(() => expect(journal.stats.pending).toBe(0));
  tunnel.goDead();
  await write(20);
  await eventually(() => expect(journal.stats.pending).toBe(0));
  expect(broker.sequences()).toEqual(upTo(23));
  expect(tunnel.connections()).toBe(2);
});

/** Lets everybody in if it is told to, answers pings, and nothing else. */
async function deafBroker(letsIn: boolean): Promise<{ port: number; connections: () => number }> {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("data", ([type = 0]) => {
      if (type === 0x10 && letsIn) socket.write(Buffer.of(0x20, 2, 0, 0)); // CONNECT, CONNACK
      if (type === 0xc0) socket.write(Buffer.of(0xd0, 0)); // PINGREQ, PINGRESP
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, connections: () => connections };
}

async function publisherTo(port: number, ackMsMax: number): Promise<Publisher> {
  const journal = await openJournal(await scratch());
  onTestFinished(() => journal.close());
  const [device, url, order] = ["house-7", `mqtt://localhost:${port}`, "oldest-first"] as const;
  const limits = { ackMsMax, reconnectFirstMsMax: 20, reconnectMsMax: 20 };
  return new Publisher({ device, url, certificates: undefined, order, limits }, { log: silent, journal });
}

test("a broker that acknowledges not even the status is left for another try", async () => {
  const broker = await deafBroker(true);
  const publisher = await publisherTo(broker.port, 100);
  await eventually(() => expect(broker.connections()).toBeGreaterThanOrEqual(2));
  expect(publisher.stats).toMatchObject({
    connected: false,
    failure: expect.stringContaining("acknowledges nothing"),
  });
  await publisher.close();
});

test.each([true, false])("a broker that is deaf (and lets in: %s) holds up no end", async (letsIn) => {
  const broker = await deafBroker(letsIn);
  const publisher = await publisherTo(broker.port, 180_000);
  await eventually(() => expect(broker.connections()).toBe(1));
  // Far less than the connection's own patience of 20 s.
  const late = new Promise((resolve) => setTimeout(resolve, 10_000, "late").unref());
  expect(await Promise.race([publisher.close(), late])).toBeUndefined();
});
