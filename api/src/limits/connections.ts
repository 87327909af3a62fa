import type { Server } from "node:http";
import type { Socket } from "node:net";
import { grouped, limitConnections, networkOf } from "@smp/schemas";
import type { Logger } from "pino";
import { isLoopback } from "../request/client-address.ts";

/** Bytes of answers that may wait for readers who take them slowly or not at all, in all. */
const WAITING_BYTES_MAX = 32 * 2 ** 20;
const LOOK_MS = 1_000;

export interface ConnectionOptions {
  /** Open connections of one address, or IPv6 /64. */
  perNetworkMax: number;
  /** Whose connections are their clients'. */
  trustedProxies: readonly string[];
  logger: Logger;
  waitingBytesMax?: number;
  lookMs?: number;
}

interface Guard {
  stop: () => void;
  /** Ends all connections, whatever is under way. */
  breakOff: () => void;
}

/**
 * Keeps one client from taking all connections, and readers who do not read from filling the memory with their answers: while
 * too much waits, the network for which most waits loses the connection for which most waits. A connection that is broken off
 * ends by a reset: in HTTP/1.0 an orderly end would make the answer look whole.
 */
export function guardConnections(server: Server, options: ConnectionOptions): Guard {
  const { perNetworkMax, trustedProxies, logger } = options;
  const { waitingBytesMax = WAITING_BYTES_MAX, lookMs = LOOK_MS } = options;
  const sockets = new Set<Socket>();
  const isExempt = (network: string): boolean =>
    isLoopback(network) || trustedProxies.some((proxy) => networkOf(proxy) === network);
  server.on("connection", limitConnections(perNetworkMax, isExempt));
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  const stuck = new Map<Socket, number>();
  const timer = setInterval(() => {
    const waiting = [...sockets].filter((socket) => socket.writableLength > 0);
    let bytes = sum(waiting);
    // Whoever takes bytes as fast as they come has another amount waiting than a moment ago.
    const still = waiting.filter((socket) => stuck.get(socket) === socket.writableLength);
    for (const socket of bytes > waitingBytesMax ? inOrder(still) : []) {
      if (bytes <= waitingBytesMax) break;
      bytes -= socket.writableLength;
      logger.info({ bytes: socket.writableLength }, "broke off an answer whose reader does not take it");
      socket.resetAndDestroy();
    }
    stuck.clear();
    for (const socket of waiting) stuck.set(socket, socket.writableLength);
  }, lookMs);
  timer.unref();
  return {
    stop: () => clearInterval(timer),
    breakOff() {
      for (const socket of sockets) socket.resetAndDestroy();
    },
  };
}

const sum = (sockets: readonly Socket[]): number =>
  sockets.reduce((bytes, socket) => bytes + socket.writableLength, 0);

/** Those of the network for which most waits first; of each network the largest first. */
function inOrder(sockets: readonly Socket[]): Socket[] {
  const byNetwork = grouped(sockets, ({ remoteAddress }) => networkOf(remoteAddress ?? "unknown"));
  return [...byNetwork.values()]
    .toSorted((a, b) => sum(b) - sum(a))
    .flatMap((all) => all.toSorted((a, b) => b.writableLength - a.writableLength));
}
