import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { messageOf, PlatformError } from "@smp/schemas";
import { type Logger, pino } from "pino";
import { type Clock, systemClock } from "./clock.ts";
import { reopening } from "./reopening.ts";
import { streamBytes } from "./stream-bytes.ts";
import type { Transport } from "./transport.ts";

export interface TcpTransportOptions {
  host: string;
  port: number;
  /** Without a byte for so long the connection is opened again. @default 120_000 */
  silenceMsMax?: number;
  clock?: Clock;
  logger?: Logger;
}

const CONNECT_MS_MAX = 10_000;
const KEEPALIVE_MS = 15_000;

/**
 * A meter behind ser2net, an M-Bus gateway or any other raw TCP server.
 *
 * @example tcpTransport({ host: "10.0.0.5", port: 2001 })
 */
export function tcpTransport(options: TcpTransportOptions): Transport {
  const { host, port, silenceMsMax = 120_000, clock = systemClock } = options;
  const name = `tcp ${host}:${port}`;
  const logger = options.logger ?? pino({ level: "silent" });
  return {
    name,
    bytes: (signal) => reopening({ name, open, clock, logger }, signal),
  };

  async function* open(signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
    const socket = connect({ host, port });
    // Errors are seen by whoever waits; one that comes later must not end the process.
    socket.on("error", () => undefined);
    try {
      await connected(socket, signal);
      socket.setKeepAlive(true, KEEPALIVE_MS);
      logger.info({ transport: name }, "connected");
      yield* streamBytes(socket, { signal, silenceMsMax });
    } finally {
      socket.destroy();
    }
  }

  async function connected(socket: Socket, signal: AbortSignal): Promise<void> {
    const stop = new AbortController();
    const abort = (): void => stop.abort();
    const timer = setTimeout(abort, CONNECT_MS_MAX);
    signal.addEventListener("abort", abort, { once: true });
    if (signal.aborted) abort();
    try {
      await once(socket, "connect", { signal: stop.signal });
    } catch (error) {
      const timedOut = stop.signal.aborted && !signal.aborted;
      const reason = timedOut ? `no answer in ${CONNECT_MS_MAX / 1_000} s` : messageOf(error);
      throw new PlatformError("tcp-connect", `${name}: ${reason}`, { retryable: true, cause: error });
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
    }
  }
}
