import type { Socket } from "node:net";
import type { Server, TLSSocket } from "node:tls";
import type { Aedes, Client } from "aedes";
import { handshakeRefusal } from "./handshake.ts";
import { readAtOnce } from "./incoming.ts";
import type { Peer } from "../hooks.ts";
import { identityOf } from "../identity/identity.ts";
import type { Limits } from "../limits.ts";
import { readInPlace } from "./packet-bytes.ts";
import { limitPackets } from "./packet-limit.ts";
import { peerCertificate } from "../identity/peer-certificate.ts";
import type { Refuse } from "../refusal-log.ts";
import { Refusal } from "../refusal.ts";
import type { Sessions } from "../sessions/sessions.ts";
import { TokenBucket } from "../token-bucket.ts";

export interface Connections {
  peerOf: (client: Client) => Peer | undefined;
  /** Breaks off what is still connected. */
  destroyAll: () => void;
}

export interface ConnectionPorts {
  /** Makes the handshakes; it is handed its TCP connections and does not listen itself. */
  tls: Server;
  broker: () => Aedes;
  refuse: Refuse;
  sessions: Sessions;
  /** Called when a handshake is done. */
  shook: (socket: Socket) => void;
  limits: Pick<
    Limits,
    "packetBytesMax" | "firstPacketBytesMax" | "controlBytesPerSecond" | "controlBytesBurst"
  >;
}

/** From a TLS handshake to Aedes: why it failed, or who is at the other end, and the limit on packets. */
export function acceptConnections({
  tls,
  broker,
  refuse,
  sessions,
  shook,
  limits,
}: ConnectionPorts): Connections {
  const peers = new WeakMap<object, Peer>();
  const sockets = new Set<TLSSocket>();
  tls.on("tlsClientError", (error: NodeJS.ErrnoException, socket) => {
    refuse(handshakeRefusal(error, socket), { address: addressOf(socket), subject: subjectOf(socket) });
    // Node reports a handshake that takes too long, but leaves its connection open.
    socket.destroy();
  });
  tls.on("secureConnection", (socket) => {
    shook(socket);
    sockets.add(socket);
    const address = socket.remoteAddress ?? "unknown";
    const certificate = peerCertificate(socket);
    const identity = certificate
      ? identityOf(certificate)
      : new Refusal("no-certificate", "A client showed no certificate.");
    peers.set(socket, { address, identity });
    const client = broker().handle(socket);
    readInPlace(client);
    readAtOnce(client);
    limitPackets(client, {
      bytesMax: () =>
        client.connecting || client.connected ? limits.packetBytesMax : limits.firstPacketBytesMax,
      control: new TokenBucket(limits.controlBytesPerSecond, limits.controlBytesBurst),
    });
    socket.once("close", () => {
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

/**
 * Where a connection came from. Node has closed one with a certificate that it refuses, or whose client went away, before it
 * says so, and then knows its address no more; the TCP connection below keeps the one that the gate asked it for.
 */
function addressOf(socket: TLSSocket): string | undefined {
  const { _parent: below } = socket as TLSSocket & { _parent?: Socket };
  return socket.remoteAddress ?? below?.remoteAddress;
}

/** Whom a refused certificate names, unverified, for the log only; not known either where Node has closed the connection. */
function subjectOf(socket: TLSSocket): string | undefined {
  try {
    return peerCertificate(socket)?.subject.replaceAll("\n", ", ").slice(0, 200);
  } catch {
    return undefined;
  }
}
