import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { createServer, type AddressInfo, type Socket } from "node:net";
import type { Writable } from "node:stream";
import { PlatformError } from "@smp/schemas";
import { closeSerialPort, openSerialPort, type SerialSettings } from "./serial.ts";

/** Where a simulated meter's bytes go. */
export interface Output {
  /** For people: where to connect or look. */
  readonly name: string;
  /** Resolves when the output can take more, or `signal` aborts; rejects with `output-lost` or `output-closed`. */
  write(bytes: Uint8Array, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** A TCP client that leaves so much unread for so long is sent away: one stuck reader must not stop the meter. */
const CLIENT_BACKLOG_BYTES_MAX = 64 * 1024;
const CLIENT_BLOCKED_MS_MAX = 5_000;
const CLIENTS_MAX = 64;

export async function fileOutput(path: string): Promise<Output> {
  const stream = createWriteStream(path);
  await once(stream, "open");
  return {
    ...streamOutput(`file ${path}`, stream),
    async close() {
      stream.end();
      await once(stream, "close");
    },
  };
}

/** Standard output and the like; closing it is its owner's work. */
export function streamOutput(name: string, stream: Writable): Output {
  let lost: NodeJS.ErrnoException | undefined;
  stream.on("error", (error) => (lost ??= error));
  return {
    name,
    async write(bytes, signal) {
      if (!lost && !stream.write(bytes)) await once(stream, "drain", { signal }).catch(() => undefined);
      if (!lost) return;
      // A reader that has seen enough (`| head`) closes the pipe; that is its good right.
      const code = lost.code === "EPIPE" ? "output-closed" : "output-lost";
      throw new PlatformError(code, `${name}: ${lost.message}`, { cause: lost });
    },
    async close() {},
  };
}

/** The meter's end of a serial line; the port itself sets the pace of its bytes. */
export async function serialOutput(settings: SerialSettings): Promise<Output> {
  const port = await openSerialPort(settings);
  return {
    ...streamOutput(`serial ${settings.path}`, port),
    async close() {
      await new Promise<void>((resolve) => {
        if (port.isOpen) port.drain(() => resolve());
        else resolve();
      });
      await closeSerialPort(port);
    },
  };
}

export interface TcpOutput extends Output {
  readonly port: number;
  /** Resolves when a client is there. */
  connected(signal: AbortSignal): Promise<void>;
}

/** A raw TCP server as ser2net is one: each client hears the meter from the moment it connects. */
export async function tcpOutput({ host, port }: { host: string; port: number }): Promise<TcpOutput> {
  const clients = new Set<Socket>();
  const server = createServer((client) => {
    clients.add(client);
    client.on("error", () => undefined);
    client.on("close", () => clients.delete(client));
    // What a client says is thrown away: the customer interface has no requests.
    client.resume();
  });
  server.maxConnections = CLIENTS_MAX;
  server.listen(port, host);
  await once(server, "listening");
  const address = server.address() as AddressInfo;
  return {
    name: `tcp ${host}:${address.port}`,
    port: address.port,
    async connected(signal) {
      if (clients.size === 0) await once(server, "connection", { signal }).catch(() => undefined);
    },
    async write(bytes, signal) {
      for (const client of clients) client.write(bytes);
      await Promise.all([...clients].map((client) => room(client, signal)));
    },
    async close() {
      for (const client of clients) client.end();
      server.close();
      const timer = setTimeout(() => clients.forEach((client) => client.destroy()), CLIENT_BLOCKED_MS_MAX);
      await once(server, "close");
      clearTimeout(timer);
    },
  };
}

async function room(client: Socket, signal: AbortSignal): Promise<void> {
  if (client.writableLength <= CLIENT_BACKLOG_BYTES_MAX) return;
  const timer = setTimeout(() => client.destroy(), CLIENT_BLOCKED_MS_MAX);
  const ended = new AbortController();
  const abort = { signal: AbortSignal.any([signal, ended.signal]) };
  await Promise.race([once(client, "drain", abort), once(client, "close", abort)]).catch(() => undefined);
  ended.abort();
  clearTimeout(timer);
}
