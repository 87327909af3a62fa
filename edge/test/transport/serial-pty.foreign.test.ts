import { type Logger, pino } from "pino";
import { afterEach, beforeEach, expect, test } from "vitest";
import { closeSerialPort, openSerialPort, serialTransport } from "../../src/transport/serial.ts";
import { type PtyPair, ptyPair } from "./pty-pair.ts";
import { collect, testClock } from "./support.ts";

let pair: PtyPair;
beforeEach(async () => {
  pair = await ptyPair();
});
afterEach(() => pair.close());

async function send(bytes: Uint8Array): Promise<void> {
  const port = await openSerialPort({ path: pair.far });
  await new Promise<void>((resolve, reject) => {
    port.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
  await new Promise<void>((resolve) => {
    port.drain(() => resolve());
  });
  await closeSerialPort(port);
}

const everyByte = Uint8Array.from({ length: 1024 }, (_, index) => index & 0xff);

test("every byte comes through unchanged: no line discipline, no flow control", async () => {
  const transport = serialTransport({ path: pair.near, logger: whenOpen(() => send(everyByte)) });
  expect(transport.name).toBe(`serial ${pair.near} 2400 8E1`);
  const received = await collect(transport, (soFar) => soFar.length >= everyByte.length);
  expect(Buffer.compare(received, everyByte)).toBe(0);
});

/** Sends as soon as the port is open; what came before, opening it has flushed. */
function whenOpen(...actions: (() => Promise<void>)[]): Logger {
  let opened = 0;
  return pino({}, { write: (line: string) => void (line.includes('"msg":"open"') && actions[opened++]?.()) });
}

test("an adapter pulled out and plugged in again goes on", async () => {
  const time = testClock(0);
  const waits: number[] = [];
  const transport = serialTransport({
    path: pair.near,
    presenceMs: 10,
    logger: whenOpen(
      () => send(Buffer.from("before")),
      () => send(Buffer.from("after")),
    ),
    clock: {
      now: () => time.now(),
      async sleep(ms, signal) {
        waits.push(ms);
        if (waits.length === 3) await pair.plug();
        await time.sleep(ms, signal);
      },
    },
  });
  let unplugged: Promise<void> | undefined;
  const received = await collect(transport, (soFar) => {
    if (soFar.toString() === "before") unplugged = pair.unplug();
    return soFar.toString() === "beforeafter";
  });
  await unplugged;
  expect(received.toString()).toBe("beforeafter");
  expect(waits).toHaveLength(3);
});

test("an abort ends a silent port at once and frees it", async () => {
  const stop = new AbortController();
  const transport = serialTransport({ path: pair.near, logger: whenOpen(async () => stop.abort()) });
  expect(await collect(transport, undefined, stop)).toHaveLength(0);
  // The port is locked while it is open; so this shows that it is free.
  await closeSerialPort(await openSerialPort({ path: pair.near }));
});

test("a port that another program holds, or that is missing, is reported with what to do", async () => {
  await expect(openSerialPort({ path: `${pair.near}-none` })).rejects.toThrow(
    /2400 8E1: .*plug the adapter in/,
  );
  const port = await openSerialPort({ path: pair.near });
  await expect(openSerialPort({ path: pair.near })).rejects.toThrow(/another program holds the port/);
  await closeSerialPort(port);
});
