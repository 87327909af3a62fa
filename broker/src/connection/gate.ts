import { createServer, type Server, type Socket } from "node:net";
import { PlatformError } from "@smp/schemas";
import { addressKey, Addresses } from "./address.ts";
import type { Limits } from "../limits.ts";
import type { Refuse } from "../refusal-log.ts";
import { Refusal } from "../refusal.ts";

export interface GatePorts {
  /** Takes a TCP connection that was let in. */
  pass: (socket: Socket) => void;
  refuse: Refuse;
  limits: Limits;
}

export interface Gate {
  server: Server;
  /** To be told when the TLS handshake of a connection is done. */
  shook: (socket: Pick<Socket, "remoteAddress" | "remotePort">) => void;
  /** Forgets addresses that are gone. */
  sweep: () => void;
  /** Takes no more connections, and breaks off those that are not through their handshake. Resolves when all are gone. */
  close: () => Promise<void>;
}

/** The TCP side of the door: what is too much is closed here, before a handshake costs 2 ms of a core. */
export function openGate({ pass, refuse, limits }: GatePorts): Gate {
  const addresses = new Addresses(limits);
  const handshaking = new Map<string, Socket>();

  let connections = 0;

  function enter(address: string): (() => void) | Refusal {
    // Not by the server's maxConnections: among several processes Node would hand such a connection round and round, until one takes it.
    if (connections >= limits.connectionsMax)
      return new Refusal(
        "connections",
        `More than ${limits.connectionsMax} connections: raise SMP_MQTT_CONNECTIONS_MAX.`,
      );
    if (handshaking.size >= limits.handshakesMax)
      return new Refusal(
        "handshakes",
        `More than ${limits.handshakesMax} TLS handshakes at once: the client has to come back later (SMP_MQTT_HANDSHAKES_MAX).`,
      );
    return addresses.enter(address);
  }

  const server = createServer({ noDelay: true }, (socket) => {
    const address = addressKey(socket.remoteAddress);
    const leave = enter(address);
    if (leave instanceof Refusal) {
      refuse(leave, { address });
      socket.destroy();
      return;
    }
    const connection = connectionKey(socket);
    handshaking.set(connection, socket);
    connections++;
    socket.once("close", () => {
      connections--;
      leave();
      handshaking.delete(connection);
    });
    pass(socket);
  });
  // Under pressure it comes with each connection: counted, and logged a few times a second.
  const onError = ({ message }: Error): void => {
    const how = "is the limit of open files (ulimit -n) high enough?";
    refuse(new Refusal("accept", `A connection could not be accepted (${message}): ${how}`));
  };
  server.once("listening", () => server.on("error", onError));
  return {
    server,
    shook: (socket) => void handshaking.delete(connectionKey(socket)),
    sweep: () => addresses.sweep(),
    close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of handshaking.values()) socket.destroy();
      return closed;
    },
  };
}

const connectionKey = ({ remoteAddress, remotePort }: Pick<Socket, "remoteAddress" | "remotePort">): string =>
  `${remoteAddress} ${remotePort}`;

/** The port that was opened, or the error as a sentence that names the setting to change. */
export function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = (cause: NodeJS.ErrnoException): void => {
      const why =
        cause.code === "EADDRINUSE"
          ? `port ${port} is taken: stop what uses it, or set SMP_MQTT_PORT to another one`
          : `${host}:${port} cannot be opened (${cause.message}): check SMP_MQTT_HOST and SMP_MQTT_PORT`;
      reject(new PlatformError(cause.code === "EADDRINUSE" ? "port-taken" : "listen", why, { cause }));
    };
    server.once("error", fail);
    server.listen(port, host, () => {
      server.off("error", fail);
      const address = server.address();
      resolve(typeof address === "object" && address ? address.port : port);
    });
  });
}
