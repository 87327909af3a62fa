import { X509Certificate } from "node:crypto";
import type { TLSSocket } from "node:tls";
import type { HttpBindings } from "@hono/node-server";
import { networkOf, PlatformError } from "@smp/schemas";
import { Hono, type Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { Issuer } from "../x509/certificate.ts";
import { base64Lines } from "../x509/der.ts";
import type { RegisteredCertificate } from "../folder/registry.ts";
import { enrol, reenrol } from "./enrol.ts";
import { certsOnly } from "../x509/pkcs7.ts";
import { rateLimit } from "./rate.ts";

export interface EstLog {
  info(fields: object, text: string): void;
  warn(fields: object, text: string): void;
}

export interface EstPorts {
  /** The PKI folder. */
  readonly dir: string;
  readonly root: X509Certificate;
  /** The device authority as it is now: it may be renewed meanwhile. */
  readonly issuer: () => Issuer;
  readonly days: number | undefined;
  readonly graceDays: number;
  readonly log: EstLog;
  readonly now: () => Date;
}

type Bindings = { Bindings: HttpBindings };

const BODY_BYTES_MAX = 16_384;
const PKCS10 = "application/pkcs10";
/** A request waits for the registry's lock: more than this at a time is a flood. */
const PENDING_MAX = 64;
const STATUS: Readonly<Record<string, 400 | 401 | 403 | 503>> = {
  "code-refused": 401,
  "certificate-refused": 403,
  "identity-refused": 403,
  "key-used": 403,
  "csr-malformed": 400,
  "csr-key": 400,
  "csr-signature": 400,
  "ca-expired": 503,
  locked: 503,
  "registry-write": 503,
};

/** EST (RFC 7030): `cacerts`, `simpleenroll` with a code, `simplereenroll` with the present certificate. */
export function estApp(ports: EstPorts): Hono<Bindings> {
  const { root, issuer, now } = ports;
  const app = new Hono<Bindings>();
  const nowMs = (): number => now().getTime();
  const byAddress = rateLimit({ burst: 120, perMinute: 120 }, nowMs);
  const byDevice = rateLimit({ burst: 5, perMinute: 1 }, nowMs);
  const answer = issuing(ports.log, nowMs);

  app.use(async (c, next) => (byAddress.take(addressOf(c)) ? next() : tooMany(c, byAddress.retryAfterS)));
  app.use(
    "/.well-known/est/*",
    bodyLimit({ maxSize: BODY_BYTES_MAX, onError: (c) => c.text("The request is too large.\n", 413) }),
  );
  app.get("/healthz", (c) => c.text("ok\n"));
  app.get("/.well-known/est/cacerts", (c) => pkcs7(c, [root, issuer().certificate]));
  // RFC 7030, 4.5.2: nothing in particular is asked for.
  app.get("/.well-known/est/csrattrs", (c) => c.body(null, 204));
  app.post("/.well-known/est/simpleenroll", (c) => {
    const { id, code } = basicOf(c.req.header("authorization"));
    return answer(c, async (csr) => {
      if (code !== "") return enrol({ ...ports, issuer: issuer(), id, code, csr, now: now() });
      const how = "show the device's name and its code by HTTP Basic (curl --user NAME)";
      throw new PlatformError("code-refused", how);
    });
  });
  app.post("/.well-known/est/simplereenroll", (c) => {
    const presented = presentedTo(c.env.incoming.socket as TLSSocket);
    if (presented && !byDevice.take(presented.fingerprint256)) return tooMany(c, byDevice.retryAfterS);
    return answer(c, async (csr) => {
      if (presented) return reenrol({ ...ports, issuer: issuer(), presented, csr, now: now() });
      const how = "show the device's present certificate in the TLS handshake (curl --cert, --key)";
      throw new PlatformError("certificate-refused", how);
    });
  });
  app.notFound((c) =>
    c.text("This is EST: /.well-known/est/cacerts, simpleenroll and simplereenroll.\n", 404),
  );
  return app;
}

/** Not by `getPeerX509Certificate`, which loses 6 kB with each connection (Node 20). */
function presentedTo(socket: TLSSocket): X509Certificate | undefined {
  const shown: { raw?: Buffer } | null = socket.getPeerCertificate();
  return shown?.raw && new X509Certificate(shown.raw);
}

type Issue = (csr: Buffer) => Promise<RegisteredCertificate & { pem: string }>;

/** Answers with a certificate, or with the reason why not. Who fails often is not listened to for a while. */
function issuing(
  log: EstLog,
  nowMs: () => number,
): (c: Context<Bindings>, issue: Issue) => Promise<Response> {
  const failures = rateLimit({ burst: 10, perMinute: 10 }, nowMs);
  let pending = 0;
  return async (c, issue) => {
    const address = addressOf(c);
    // A web page can make a browser send other types without asking; this one it cannot.
    if (c.req.header("content-type")?.split(";")[0]?.trim() !== PKCS10)
      return c.text(`Send the request with Content-Type: ${PKCS10}.\n`, 415);
    if (failures.isSpent(address)) return tooMany(c, failures.retryAfterS);
    // Before it counts as one of those that wait: a body that never comes would hold a place of the others.
    const body = await c.req.arrayBuffer().catch(() => undefined);
    if (body === undefined) return c.text("The request broke off.\n", 400);
    if (pending >= PENDING_MAX) return tooMany(c, 5);
    pending += 1;
    try {
      const { id, serial, notAfter, pem } = await issue(Buffer.from(body));
      log.info({ device: id, serial, notAfter, address }, `issued a certificate for ${id}`);
      return pkcs7(c, [new X509Certificate(pem)], "; smime-type=certs-only");
    } catch (error) {
      const refusal = refusalOf(c, error);
      if (refusal.status === 500) log.warn({ err: error, address }, "an enrolment failed");
      else log.warn({ address }, `an enrolment was refused: ${(error as Error).message}`);
      if (refusal.status < 500) failures.take(address);
      return refusal;
    } finally {
      pending -= 1;
    }
  };
}

function refusalOf(c: Context<Bindings>, error: unknown): Response {
  const status = (error instanceof PlatformError && STATUS[error.code]) || 500;
  if (status === 401) c.header("WWW-Authenticate", 'Basic realm="enrolment: device name and code"');
  if (status === 503) c.header("Retry-After", "60");
  const why = status === 500 ? "this failed; the server's log says why" : (error as Error).message;
  return c.text(`${why}\n`, status);
}

function tooMany(c: Context<Bindings>, retryAfterS: number): Response {
  c.header("Retry-After", String(retryAfterS));
  return c.text("Too many requests: come back later.\n", 429);
}

const addressOf = (c: Context<Bindings>): string => networkOf(c.env.incoming.socket.remoteAddress ?? "");

/** RFC 7030, 4.1.3 and 4.2.3: base64 in lines. */
function pkcs7(c: Context<Bindings>, certificates: readonly X509Certificate[], parameters = ""): Response {
  return c.body(base64Lines(certsOnly(certificates)), 200, {
    "Content-Type": `application/pkcs7-mime${parameters}`,
    "Content-Transfer-Encoding": "base64",
  });
}

function basicOf(header: string | undefined): { id: string; code: string } {
  const [, encoded = ""] = /^Basic ([A-Za-z0-9+/=]{1,400})$/i.exec(header ?? "") ?? [];
  const text = Buffer.from(encoded, "base64").toString();
  const colon = text.indexOf(":");
  return colon < 0 ? { id: "", code: "" } : { id: text.slice(0, colon), code: text.slice(colon + 1) };
}
