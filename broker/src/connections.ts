import type { Server, TLSSocket } from "node:tls";
import type { Aedes, Client } from "aedes";
import type { BrokerConfig } from "./config.ts";
import { handshakeRefusal } from "./handshake.ts";
import type { Peer } from "./hooks.ts";
import { identityOf } from "./identity.ts";
import { limitPackets } from "./packet-limit.ts";
import type { Refuse } from "./refusal-log.ts";
import { Refusal } from "./refusal.ts";
import type { Sessions } from "./sessions.ts";

export interface Connections {
  peerOf: (client: Client) => Peer | undefined;
  /** Breaks off what is still connected. */
  destroyAll: () => void;
}

export interface ConnectionPorts {
  server: Server;
  broker: () => Aedes;
  refuse: Refuse;
  sessions: Sessions;
  config: Pick<BrokerConfig, "connectionsMax" | "connectionsPerAddressMax">;
  limits: { [Name in "packetBytesMax" | "firstPacketBytesMax"]: number };
}

/** From a finished TLS handshake to Aedes: limits on connections and packets, and who is at the other end. */
export function acceptConnections({
  server,
  broker,
  refuse,
  sessions,
  config,
  limits,
}: ConnectionPorts): Connections {
  const peers = new WeakMap<object, Peer>();
  const perAddress = new Map<string, number>();
  const sockets = new Set<TLSSocket>();
  server.maxConnections = config.connectionsMax;
  server.on("drop", (data) =>
    refuse(
      new Refusal(
        "connections",
        `More than ${config.connectionsMax} connections: raise SMP_MQTT_CONNECTIONS_MAX.`,
      ),
      { address: data?.remoteAddress },
    ),
  );
  server.on("tlsClientError", (error: NodeJS.ErrnoException, socket) => {
    refuse(handshakeRefusal(error, socket), { address: socket.remoteAddress, subject: subjectOf(socket) });
  });
  server.on("secureConnection", (socket) => {
    const address = socket.remoteAddress ?? "unknown";
    const open = perAddress.get(address) ?? 0;
    if (open >= config.connectionsPerAddressMax) {
      refuse(
        new Refusal(
          "connections-address",
          `More than ${open} connections from ${address}: raise SMP_MQTT_CONNECTIONS_PER_ADDRESS_MAX.`,
        ),
        { address },
      );
      socket.destroy();
      return;
    }
    perAddress.set(address, open + 1);
    sockets.add(socket);
    const certificate = socket.getPeerX509Certificate();
    const identity = certificate
      ? identityOf(certificate)
      : new Refusal("no-certificate", "A client showed no certificate.");
    peers.set(socket, { address, identity });
    const client = broker().handle(socket);
    limitPackets(client, () =>
      client.connecting || client.connected ? limits.packetBytesMax : limits.firstPacketBytesMax,
    );
    socket.once("close", () => {
      const left = (perAddress.get(address) ?? 1) - 1;
      if (left > 0) perAddress.set(address, left);
      else perAddress.delete(address);
      sockets.delete(socket);
      sessions.remove(client);
    });
  });
  return {
    peerOf: (client) => peers.get(client.conn),
    destroyAll() {
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Whom a refused certificate names; unverified, for the log only. */
function subjectOf(socket: TLSSocket): string | undefined {
  try {
    return socket.getPeerX509Certificate()?.subject.replaceAll("\n", ", ").slice(0, 200);
  } catch {
    return undefined;
  }
}
