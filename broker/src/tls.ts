import { constants } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer, type Server, type TLSSocket } from "node:tls";
import { PlatformError } from "@smp/schemas";
import type { BrokerConfig } from "./config.ts";
import { Refusal } from "./refusal.ts";

/** A TLS server that lets in nobody without a certificate of our CA. It listens to nothing yet. */
export async function createTlsServer(config: BrokerConfig, handshakeTimeoutMs: number): Promise<Server> {
  const [cert, key, ca] = await Promise.all([config.certFile, config.keyFile, config.caFile].map(readPem));
  try {
    return createServer({
      cert,
      key,
      ca,
      requestCert: true,
      rejectUnauthorized: true,
      minVersion: "TLSv1.2",
      // A resumed session is not checked again: revocation and expiry would be passed by.
      secureOptions: constants.SSL_OP_NO_TICKET,
      handshakeTimeout: handshakeTimeoutMs,
      noDelay: true,
    });
  } catch (cause) {
    throw new PlatformError(
      "certificate",
      `The broker's certificate ${config.certFile}, its key ${config.keyFile} and the CA ${config.caFile} do not fit together: issue them again with "smp service add broker".`,
      { cause },
    );
  }
}

async function readPem(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new PlatformError(
      "certificate",
      `${path} cannot be read: create the certificates with "smp ca init", or set SMP_PKI_DIR.`,
      { cause },
    );
  }
}

/** The address, or the error as a sentence that names the setting to change. */
export function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      const why =
        cause.code === "EADDRINUSE"
          ? `port ${port} is taken: stop what uses it, or set SMP_MQTT_PORT to another one`
          : `${host}:${port} cannot be opened (${cause.message}): check SMP_MQTT_HOST and SMP_MQTT_PORT`;
      reject(new PlatformError(cause.code === "EADDRINUSE" ? "port-taken" : "listen", why, { cause }));
    });
    server.listen(port, host, () => {
      const address = server.address();
      resolve(typeof address === "object" && address ? address.port : port);
    });
  });
}

const HANDSHAKE: Readonly<Record<string, readonly [reason: string, sentence: string]>> = {
  ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE: [
    "no-certificate",
    "it showed no certificate: give the client its certificate and key",
  ],
  ERR_SSL_HTTP_REQUEST: ["not-tls", "it speaks HTTP: this port is MQTT over TLS"],
  ERR_SSL_WRONG_VERSION_NUMBER: ["not-tls", "it does not speak TLS: switch TLS on in the client"],
  ERR_SSL_UNSUPPORTED_PROTOCOL: ["tls-version", "it offers no TLS 1.2 or newer"],
  ERR_SSL_NO_SHARED_CIPHER: ["tls-version", "it shares no cipher with this broker"],
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: [
    "client-distrusts-us",
    "it does not trust this broker's CA: give the client our ca.crt",
  ],
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: [
    "client-distrusts-us",
    "it does not accept this broker's certificate: check ca.crt and the host name",
  ],
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: [
    "client-distrusts-us",
    "it does not accept this broker's certificate: check ca.crt and the host name",
  ],
  ERR_TLS_HANDSHAKE_TIMEOUT: ["handshake-timeout", "it did not finish the TLS handshake in time"],
};

const CHAIN: Readonly<Record<string, readonly [reason: string, sentence: string]>> = {
  CERT_HAS_EXPIRED: ["certificate-expired", "its certificate has expired: renew it"],
  CERT_NOT_YET_VALID: [
    "certificate-not-yet-valid",
    "its certificate is not yet valid: check this machine's clock",
  ],
  INVALID_PURPOSE: ["certificate-purpose", "its certificate is not meant for clients"],
};

/** Why a handshake failed; Node itself often says no more than ECONNRESET. */
export function handshakeRefusal(error: NodeJS.ErrnoException, socket: TLSSocket): Refusal {
  // Null when there was nothing to verify; a text in Node's own documentation, an Error in fact.
  const verdict = socket.authorizationError as NodeJS.ErrnoException | string | null | undefined;
  const chain = typeof verdict === "string" ? verdict : (verdict?.code ?? verdict?.message);
  const [reason, why] = chain
    ? (CHAIN[chain] ?? ["certificate-untrusted", `its certificate does not come from our CA (${chain})`])
    : (HANDSHAKE[error.code ?? ""] ?? [
        "handshake",
        `the TLS handshake broke off (${error.code ?? error.message})`,
      ]);
  return new Refusal(reason, `A client was turned away: ${why}.`);
}
