import type { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { connect, type TLSSocket } from "node:tls";
import { failed, ok, type Found } from "./finding.ts";

const TLS_MS_MAX = 10_000;

export interface TlsTarget {
  readonly host: string;
  readonly port: number;
  /** Whom to trust, PEM. */
  readonly ca: Buffer;
  /** Shown if there is one: a broker may end the handshake of TLS 1.2 without it. */
  readonly identity?: { readonly cert: Buffer; readonly key: Buffer } | undefined;
  readonly now: Date;
}

/** Whether it speaks TLS, and whether its certificate is one that this device should believe. */
export function checkServerCertificate(target: TlsTarget): Promise<Found> {
  const { host, port, ca, identity } = target;
  return new Promise((resolve) => {
    const socket = connect({
      host,
      port,
      ca,
      ...identity,
      ...(isIP(host) === 0 && { servername: host }),
      // Judged below, in words.
      rejectUnauthorized: false,
      minVersion: "TLSv1.2",
      timeout: TLS_MS_MAX,
    });
    const done = (found: Found): void => {
      socket.destroy();
      resolve(found);
    };
    socket.once("secureConnect", () => done(judge(socket, target)));
    socket.once("timeout", () =>
      done(failed("the TLS handshake gets no answer", "is it the right port? MQTT over TLS is 8883")),
    );
    socket.once("error", (error: NodeJS.ErrnoException) => done(explain(error)));
  });
}

function judge(socket: TLSSocket, { host, now }: TlsTarget): Found {
  const x509 = socket.getPeerX509Certificate();
  if (!x509)
    return failed("it shows no certificate", "this is no broker of the platform: check host and port");
  const names = [...(x509.subjectAltName ?? "").matchAll(/(?:DNS|IP Address):([^,]+)/g)]
    .map(([, name]) => name)
    .join(", ");
  const clock = `this machine's clock says ${now.toISOString()}`;
  // An Error in fact, whatever the types say.
  const code = String(
    (socket.authorizationError as unknown as NodeJS.ErrnoException | null)?.code ??
      socket.authorizationError ??
      "",
  );
  if (new Date(x509.validFrom) > now || code === "CERT_NOT_YET_VALID")
    return failed(
      `the broker's certificate is not valid before ${x509.validFrom}; ${clock}`,
      "set this machine's clock (NTP)",
    );
  if (new Date(x509.validTo) <= now || code === "CERT_HAS_EXPIRED")
    return failed(
      `the broker's certificate expired on ${x509.validTo}; ${clock}`,
      "if the clock is right, renew it where the platform runs: smp service renew broker",
    );
  // Which names it carries is said below.
  if (code !== "" && code !== "null" && code !== "ERR_TLS_CERT_ALTNAME_INVALID")
    return failed(
      `the broker's certificate does not come from this ca.crt (${code}); it was issued by ${nameOf(x509.issuer)}`,
      "copy the platform's pki/ca.crt here, or check that this is the platform's broker",
    );
  if ((isIP(host) === 0 ? x509.checkHost(host) : x509.checkIP(host)) === undefined)
    return failed(
      `the broker's certificate is not for ${host}; it carries ${names}`,
      `use one of these names, or start the platform with SMP_MQTT_NAMES=${host}; in production: smp service add broker --force --dns with all its names`,
    );
  return ok(`${socket.getProtocol()}; the certificate is for ${names}, valid until ${dayOf(x509)}`);
}

function explain(error: NodeJS.ErrnoException): Found {
  const text = `${error.code ?? ""} ${error.message}`;
  if (/wrong version number|packet length too long|WRONG_VERSION/i.test(text))
    return failed(
      "what listens there does not speak TLS",
      "MQTT without TLS is port 1883; the platform's is 8883",
    );
  if (/alert/i.test(text))
    return failed(
      `the broker ends the TLS handshake (${error.message.split("\n")[0]})`,
      "it does not accept this device's certificate: see the next steps",
    );
  return failed(
    `the TLS handshake breaks off (${error.code ?? error.message})`,
    "is it the platform's broker? A machine between that looks into TLS breaks mutual TLS",
  );
}

const nameOf = (subject: string): string => /^CN=(.*)$/m.exec(subject)?.[1] ?? subject;
const dayOf = (x509: X509Certificate): string => new Date(x509.validTo).toISOString().slice(0, 10);
