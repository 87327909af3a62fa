import type { TLSSocket } from "node:tls";
import { Refusal } from "../refusal.ts";

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
  ECONNRESET: [
    "handshake",
    "it went away during the TLS handshake, as a check of the port does (smp doctor, a load balancer)",
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
