import { createPrivateKey, X509Certificate, type KeyObject } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { PlatformError } from "@smp/schemas";
import { readPrivateFile } from "../config/private-file.ts";
import { failed, ok, type Found } from "./finding.ts";

export interface OwnFiles {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
  /** Why one of them cannot be read. */
  readonly faults: readonly string[];
  /** Others can read the key. */
  readonly exposed?: boolean;
}

export interface OwnIdentity {
  readonly role: "device" | "consumer";
  readonly id: string;
}

/** Reads ca.crt, client.crt and client.key; what is missing is told later. */
export async function readOwnFiles(directory: string): Promise<OwnFiles> {
  const faults: string[] = [];
  let exposed = false;
  const read = async (name: string, how: (path: string) => Promise<Buffer>): Promise<Buffer | undefined> => {
    const path = join(directory, name);
    return await how(path).catch((error: unknown) => {
      exposed ||= error instanceof PlatformError && error.code === "secret-exposed";
      faults.push(isAbsent(error) ? `there is no ${path}` : (error as Error).message);
      return undefined;
    });
  };
  const ca = await read("ca.crt", readFile);
  const cert = await read("client.crt", readFile);
  const key = await read("client.key", (path) => readPrivateFile(path, "the private key"));
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }), faults, exposed };
}

function isAbsent(error: unknown): boolean {
  const { code, cause } = error as NodeJS.ErrnoException & { cause?: NodeJS.ErrnoException };
  return code === "ENOENT" || cause?.code === "ENOENT";
}

/** Whom a certificate speaks for; nothing if it is not one of ours. */
export function identityOf(cert: Buffer | undefined): OwnIdentity | undefined {
  try {
    const uri = /URI:urn:smp:(device|consumer):([a-z0-9-]{1,40})(?:,|$)/.exec(
      new X509Certificate(cert ?? "").subjectAltName ?? "",
    );
    return uri?.[1] && uri[2] ? { role: uri[1] as OwnIdentity["role"], id: uri[2] } : undefined;
  } catch {
    return undefined;
  }
}

/** Names, dates, key and chain of the certificate that this device shows. */
export function checkOwnCertificate({ ca, cert, key, faults, exposed }: OwnFiles, now: Date): Found {
  const copy =
    "copy ca.crt, client.crt and client.key as smp device add made them, or enrol again (smp enrol)";
  if (!ca || !cert || !key)
    return failed(
      faults.join("; "),
      exposed && faults.length === 1
        ? "take the right away, as it says; if others may have read the key, renew the certificate: smp device renew NAME"
        : copy,
    );
  let chain: X509Certificate[];
  let privateKey: KeyObject;
  try {
    chain = certificatesOf(cert);
  } catch {
    return failed("client.crt is no certificate in PEM form", copy);
  }
  try {
    privateKey = createPrivateKey(key);
  } catch {
    return failed("client.key is no private key in PEM form without a passphrase", copy);
  }
  const [leaf, issuer] = chain;
  if (!leaf) return failed("client.crt holds no certificate", copy);
  if (!leaf.checkPrivateKey(privateKey))
    return failed("client.key does not belong to client.crt", `both come from one folder: ${copy}`);
  const identity = identityOf(cert);
  const commonName = /^CN=(.*)$/m.exec(leaf.subject)?.[1];
  if (!identity || identity.id !== commonName)
    return failed(
      `the certificate names nobody of the platform (${leaf.subject.replaceAll("\n", ", ")}; ${leaf.subjectAltName ?? "no URI"})`,
      "use a certificate that the platform issued: smp device add NAME",
    );
  const who = `${identity.role} ${identity.id}`;
  const clock = `this machine's clock says ${now.toISOString()}`;
  if (new Date(leaf.validFrom) > now)
    return failed(
      `the certificate of ${who} is not valid before ${leaf.validFrom}; ${clock}`,
      "set this machine's clock (NTP); a device without one must ask the time before it connects",
    );
  if (new Date(leaf.validTo) <= now)
    return failed(
      `the certificate of ${who} expired on ${leaf.validTo}; ${clock}`,
      `if the clock is right: smp ${identity.role} renew ${identity.id}, or up to 30 days after the end the edge renews it by itself`,
    );
  return checkChain(leaf, issuer, ca) ?? described(leaf, who);
}

function checkChain(
  leaf: X509Certificate,
  issuer: X509Certificate | undefined,
  ca: Buffer,
): Found | undefined {
  if (!issuer || !leaf.verify(issuer.publicKey))
    return failed(
      "client.crt lacks the certificate of the CA that issued it",
      "give the device the whole file: its own certificate, then the issuing CA's",
    );
  let root: X509Certificate;
  try {
    root = new X509Certificate(ca);
  } catch {
    return failed("ca.crt is no certificate in PEM form", "copy the platform's pki/ca.crt");
  }
  return issuer.verify(root.publicKey)
    ? undefined
    : failed(
        "client.crt and ca.crt are of two different platforms",
        "copy all three files from the same folder",
      );
}

function described(leaf: X509Certificate, who: string): Found {
  const { asymmetricKeyType, asymmetricKeyDetails } = leaf.publicKey;
  const kind =
    asymmetricKeyDetails?.namedCurve ?? `${asymmetricKeyType} ${asymmetricKeyDetails?.modulusLength ?? ""}`;
  return ok(`${who}, key ${kind.trim()}, valid until ${new Date(leaf.validTo).toISOString().slice(0, 10)}`);
}

const certificatesOf = (pem: Buffer): X509Certificate[] =>
  (
    pem.toString().match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [pem.toString()]
  ).map((text) => new X509Certificate(text));
