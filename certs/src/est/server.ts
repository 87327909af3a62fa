import { constants } from "node:crypto";
import { once } from "node:events";
import { readFile, stat } from "node:fs/promises";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { createSecureContext, type SecureContextOptions } from "node:tls";
import { createAdaptorServer } from "@hono/node-server";
import { DAY_MS, followFiles, limitConnections, PlatformError } from "@smp/schemas";
import { openAuthority, readAuthority } from "../authority/authority.ts";
import type { Issuer } from "../x509/certificate.ts";
import { exportCrls } from "../authority/crl-files.ts";
import { pkiPaths } from "../folder/paths.ts";
import type { Passphrase } from "../x509/private-key.ts";
import { estApp, type EstLog } from "./app.ts";
import type { EstConfig } from "./config.ts";

export interface EstServerPorts {
  readonly log: EstLog;
  /** Opens the device authority's key, if that is encrypted. */
  readonly passphrase?: Passphrase;
  /** The clock by which certificates are issued and judged. */
  readonly now?: () => Date;
  /** How often the files are looked at. */
  readonly filesMs?: number;
}

export interface EstServer {
  readonly port: number;
  /** Whether it can issue: not when its authority has ended. */
  health(): Promise<{ ok: boolean; detail?: string }>;
  close(): Promise<void>;
}

const CONNECTIONS_MAX = 500;
/** Of one address, or IPv6 /64: else one that holds all of them keeps every device from renewing. */
const CONNECTIONS_PER_NETWORK_MAX = 100;
const FILES_MS = 60_000;
const CRL_MS = DAY_MS;

/**
 * Serves EST over HTTPS. Whoever connects may show a certificate, also an expired one: what it is worth is decided by its
 * signature and the registry, behind the handshake. It holds the key of the device authority, and no other.
 */
export async function startEst(config: EstConfig, ports: EstServerPorts): Promise<EstServer> {
  const { log, passphrase, now = () => new Date(), filesMs = FILES_MS } = ports;
  const paths = pkiPaths(config.dir);
  const root = await readAuthority(paths, "root");
  let opened = await openAuthority(paths, "issuing-device", passphrase);
  const issuer = (): Issuer => opened;
  const tls = await readTls(config, paths.ca);
  const app = estApp({ ...config, root, issuer, log, now });
  const server = createAdaptorServer({
    fetch: app.fetch,
    overrideGlobalObjects: false,
    createServer,
    serverOptions: {
      ...tls,
      requestCert: true,
      rejectUnauthorized: false,
      handshakeTimeout: 5_000,
      headersTimeout: 10_000,
      requestTimeout: 20_000,
      keepAliveTimeout: 5_000,
      maxHeaderSize: 8_192,
    },
  }) as Server;
  server.maxConnections = CONNECTIONS_MAX;
  server.on("connection", limitConnections(CONNECTIONS_PER_NETWORK_MAX));
  await listen(server, config);
  // One connection that the system does not let in is not the end of all.
  server.on("error", (error) => log.warn({ err: error }, "a connection could not be accepted"));
  const followed = [
    followFiles({
      paths: [config.certFile, config.keyFile, paths.ca],
      everyMs: filesMs,
      stat,
      changed: async () => server.setSecureContext(await readTls(config, paths.ca)),
      failed: (error) =>
        log.warn(
          { err: error },
          "the renewed certificate of the enrolment server is not usable: the old one stays",
        ),
    }),
    followFiles({
      paths: [paths.authority("issuing-device").cert],
      everyMs: filesMs,
      stat,
      async changed() {
        opened = await openAuthority(paths, "issuing-device", passphrase);
        log.info({}, "devices get certificates of the renewed CA from now on");
      },
      failed: (error) =>
        log.warn({ err: error }, "the renewed CA for devices cannot be opened: the old one goes on"),
    }),
  ];
  const list = dailyList(config.dir, { issuer, passphrase, now, log });
  return {
    port: (server.address() as AddressInfo).port,
    async health() {
      const { validTo } = opened.certificate;
      if (new Date(validTo) > now()) return { ok: true };
      return { ok: false, detail: `the CA for devices expired on ${validTo}: smp ca renew` };
    },
    async close() {
      for (const stop of followed) stop();
      await list.stop();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

/**
 * Writes the revocation list of the device authority, now and every day: OpenSSL asks for one that is not too old. A day is
 * one of the wall clock, which may be set after the start: the list of a computer that was off for weeks, and began with the
 * time of its end, has expired then.
 */
function dailyList(
  dir: string,
  options: { issuer: () => Issuer; passphrase: Passphrase; now: () => Date; log: EstLog },
): { stop(): Promise<void> } {
  const { issuer, passphrase, now, log } = options;
  let writtenMs = 0;
  const write = (): Promise<void> => {
    const at = now();
    writtenMs = at.getTime();
    return exportCrls({
      dir,
      authorities: ["issuing-device"],
      openIssuer: async () => issuer(),
      passphrase,
      now: at,
    }).then(
      () => undefined,
      (error: unknown) => log.warn({ err: error }, "the revocation list could not be written"),
    );
  };
  let writing = write();
  const timer = setInterval(() => {
    if (Math.abs(now().getTime() - writtenMs) >= CRL_MS) writing = write();
  }, FILES_MS);
  timer.unref();
  return {
    async stop() {
      clearInterval(timer);
      await writing;
    },
  };
}

async function readTls({ certFile, keyFile }: EstConfig, caFile: string): Promise<SecureContextOptions> {
  const read = (path: string): Promise<Buffer> =>
    readFile(path).catch((cause: unknown) => {
      throw new PlatformError(
        "certificate",
        `${path} cannot be read: smp service add broker --dns NAME makes it, or set SMP_EST_CERT and SMP_EST_KEY`,
        { cause },
      );
    });
  const [cert, key, ca] = await Promise.all([read(certFile), read(keyFile), read(caFile)]);
  const options: SecureContextOptions = {
    cert,
    key,
    ca,
    minVersion: "TLSv1.2",
    // A resumed session would bring back a certificate from before.
    secureOptions: constants.SSL_OP_NO_TICKET,
  };
  try {
    createSecureContext(options);
  } catch (cause) {
    throw new PlatformError("certificate", `${certFile} and ${keyFile} do not fit together`, { cause });
  }
  return options;
}

async function listen(server: Server, { host, port }: EstConfig): Promise<void> {
  server.listen(port, host);
  await once(server, "listening").catch((error: NodeJS.ErrnoException) => {
    const what =
      error.code === "EADDRINUSE"
        ? `port ${port} is taken: stop what uses it, or set SMP_EST_PORT to another one`
        : `${host}:${port} cannot be opened (${error.code}): check SMP_EST_HOST and SMP_EST_PORT`;
    throw new PlatformError(error.code === "EADDRINUSE" ? "port-taken" : "listen", what, { cause: error });
  });
}
