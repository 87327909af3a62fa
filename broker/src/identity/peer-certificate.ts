import { X509Certificate } from "node:crypto";
import type { TLSSocket } from "node:tls";

/**
 * The certificate that the other end showed. Node 20's `getPeerX509Certificate` never frees it on a server: 6 kB are lost
 * with each connection, and a broker lives through millions of them.
 */
export function peerCertificate(socket: TLSSocket): X509Certificate | undefined {
  // Nothing on a closed connection, and an empty object without a certificate: Node's types know neither.
  const shown: { raw?: Buffer } | null = socket.getPeerCertificate();
  return shown?.raw && new X509Certificate(shown.raw);
}
