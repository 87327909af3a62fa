/** Turns what TLS, TCP and MQTT say about a failed connection into what to look at. */
export function explainConnectionError(error: unknown, host: string): string {
  const { code, message } = error as { code?: string | number; message?: string };
  const text = `${code ?? ""} ${message ?? String(error)}`.trim();
  const hint = HINTS.find(([pattern]) => pattern.test(text))?.[1];
  return hint === undefined ? text : `${hint.replaceAll("HOST", host)} (${text})`;
}

/** First match counts. The codes are OpenSSL's, the system's and MQTT 3.1.1's (section 3.2.2.3). */
const HINTS: readonly [RegExp, string][] = [
  [/ECONNREFUSED/, "nothing listens at HOST: is the broker running, and are host and port right?"],
  [
    /ENOTFOUND|EAI_AGAIN/,
    "the name HOST is not known: check the broker's address and this machine's network",
  ],
  [/ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENETDOWN/, "HOST cannot be reached: check the network and firewalls"],
  [/ALTNAME_INVALID/, "the broker's certificate is not for HOST: use the name that its certificate carries"],
  [
    /alert certificate (expired|revoked|unknown)|alert (unknown ca|bad certificate|certificate required)/i,
    "the broker refuses this device's certificate: was it revoked, is it of another CA, has it expired?",
  ],
  [/CERT_NOT_YET_VALID/, "a certificate is not valid yet: is the clock of this machine right?"],
  [/CERT_HAS_EXPIRED/, "the broker's certificate has expired, or the clock of this machine is wrong"],
  [
    /SELF_SIGNED|UNABLE_TO_GET_ISSUER|UNABLE_TO_VERIFY|CERT_SIGNATURE_FAILURE|INVALID_PURPOSE/,
    "the broker at HOST is not certified by this ca.crt: is it the right broker, the right CA?",
  ],
  [/KEY_VALUES_MISMATCH/i, "client.key does not belong to client.crt: copy both files again"],
  [
    /^[45] |Not authorized|Bad username/i,
    "the broker does not let this device in: is it registered and not revoked?",
  ],
  [/^2 |Identifier rejected/i, "the broker refuses the device's name as client id"],
  [
    /^3 |Server unavailable/i,
    "the broker at HOST takes no readings at the moment: its log is away, or it has enough clients",
  ],
  [/connack timeout/, "something listens at HOST, but does not answer as an MQTT broker"],
  [
    /ECONNRESET|EPIPE|closed before/,
    "the broker at HOST ended the connection without a word: most often it does not accept the certificate (revoked, expired, not registered)",
  ],
];
