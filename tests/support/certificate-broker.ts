import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { createServer, type TLSSocket } from "node:tls";
import { pkiPaths, readRegistry } from "@smp/certs";
import { Aedes } from "aedes";
import { decode } from "cborg";
import type { Reading } from "@smp/schemas";
import { onTestFinished } from "vitest";

/** A broker that judges certificates by the registry and by a clock that the test moves. */
export interface CertificateBroker {
  readonly url: string;
  /** Numbers `s` of the readings that got their PUBACK, in order. */
  readonly sequences: number[];
  /** Why connections were turned away. */
  readonly refusals: string[];
  /** Serials of the certificates that connected, in order. */
  readonly serials: string[];
  /** Drops the sessions whose certificate has expired, as ours does; says how many. */
  sweep(): number;
  close(): Promise<void>;
}

export async function certificateBroker(dir: string, now: () => Date): Promise<CertificateBroker> {
  const paths = pkiPaths(dir);
  const { files } = paths.bundle("service", "broker");
  const issuing = new X509Certificate(await readFile(paths.authority("issuing-device").cert));
  const [sequences, refusals, serials]: [number[], string[], string[]] = [[], [], []];
  const sessions = new Map<TLSSocket, X509Certificate>();
  const aedes = await Aedes.createBroker();
  aedes.authorizePublish = (client, packet, done) => {
    if (client && packet.topic.endsWith("/reading"))
      for (const { s = Number.NaN } of [decode(packet.payload as Uint8Array) as Reading | Reading[]].flat())
        sequences.push(s);
    done(null);
  };

  async function refusalOf(x509: X509Certificate | undefined): Promise<string | undefined> {
    if (!x509?.verify(issuing.publicKey)) return "untrusted";
    const at = now();
    if (new Date(x509.validFrom) > at) return "not yet valid";
    if (new Date(x509.validTo) <= at) return "expired";
    const registered = await readRegistry(paths.registry);
    const known = registered.find(({ serial }) => serial === x509.serialNumber);
    return known ? known.revokedAt && "revoked" : "unknown";
  }
  const server = createServer(
    {
      cert: await readFile(files.cert),
      key: await readFile(files.key),
      ca: await readFile(files.ca),
      requestCert: true,
      // Node would judge by the real clock.
      rejectUnauthorized: false,
    },
    (socket) => {
      socket.on("error", () => undefined);
      const x509 = socket.getPeerX509Certificate();
      socket.pause();
      void refusalOf(x509).then((refusal) => {
        if (refusal !== undefined || !x509) {
          refusals.push(refusal ?? "none");
          return socket.destroy();
        }
        serials.push(x509.serialNumber);
        sessions.set(socket, x509);
        socket.once("close", () => sessions.delete(socket));
        aedes.handle(socket);
        return socket.resume();
      });
    },
  );
  await once(server.listen(0, "localhost"), "listening");
  const close = async (): Promise<void> => {
    for (const socket of sessions.keys()) socket.destroy();
    await new Promise<void>((resolve) => aedes.close(() => resolve()));
    server.close();
  };
  onTestFinished(close);
  return {
    url: `mqtts://localhost:${(server.address() as AddressInfo).port}`,
    sequences,
    refusals,
    serials,
    sweep() {
      const expired = [...sessions].filter(([, { validTo }]) => new Date(validTo) <= now());
      for (const [socket] of expired) socket.destroy();
      return expired.length;
    },
    close,
  };
}
