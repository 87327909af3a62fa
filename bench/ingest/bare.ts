import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer, type TLSSocket } from "node:tls";
import { Aedes, type PublishPacket } from "aedes";

/** What the bare broker needs; passed as JSON to a process of its own. */
export interface BareJob {
  /** Folder with ca.crt, services/broker. */
  pki: string;
}

type Publish = (packet: PublishPacket, client: unknown, done?: () => void) => void;

/**
 * Aedes with the platform's mutual TLS and nothing behind it: it answers each PUBLISH at once, checks nothing, keeps
 * nothing and routes nothing. What it costs, no broker on Aedes can save. Resolves with its port.
 */
export async function serveBare({ pki }: BareJob): Promise<number> {
  const broker = await Aedes.createBroker();
  const publish: Publish = (_packet, _client, done) => done?.();
  Object.assign(broker, { publish });
  const file = (name: string): Buffer => readFileSync(`${pki}/${name}`);
  const server = createServer(
    {
      ca: file("ca.crt"),
      cert: file("services/broker/server.crt"),
      key: file("services/broker/server.key"),
      requestCert: true,
      rejectUnauthorized: true,
    },
    (socket: TLSSocket) => {
      socket.setNoDelay(true);
      broker.handle(socket);
    },
  );
  await once(server.listen(0, "127.0.0.1"), "listening");
  return (server.address() as AddressInfo).port;
}
