import { X509Certificate, type KeyObject } from "node:crypto";
import { isIP } from "node:net";
import { PlatformError } from "@smp/schemas";
import type { Issuer } from "../x509/certificate.ts";
import { createCertificate, spkiSha256 } from "../x509/certificate.ts";
import { identityUri, LEAVES, type Role } from "../profile.ts";
import type { RegisteredCertificate, RegistryEvent } from "../folder/registry.ts";
import { validity } from "../x509/validity.ts";

export interface LeafRequest {
  readonly role: Role;
  readonly id: string;
  readonly publicKey: KeyObject;
  readonly days: number;
  readonly now: Date;
  /** DNS names and IP addresses of a server. */
  readonly hostnames?: readonly string[];
  /** Of a consumer: the meters that it may see. */
  readonly meters?: readonly string[];
  /** Of a device: the input that reads its foreign payloads. */
  readonly input?: string;
}

export interface Leaf {
  readonly pem: string;
  /** The leaf followed by its issuing CA, as TLS wants it. */
  readonly chain: string;
  readonly certificate: RegisteredCertificate;
  /** The registry's line; the certificate counts once that is on disk. */
  readonly issued: RegistryEvent;
}

/** Issues a leaf for a public key: every name and right in it is ours, whoever made the key. */
export function createLeaf(request: LeafRequest, issuer: Issuer): Leaf {
  const { role, id, publicKey, days, now, hostnames = [], meters, input } = request;
  const issuerNotAfter = new Date(issuer.certificate.validTo);
  if (issuerNotAfter <= now)
    throw new PlatformError(
      "ca-expired",
      `the CA for ${LEAVES[role].folder} expired on ${issuerNotAfter.toISOString()}: run smp ca renew with the root`,
    );
  const names = {
    uri: identityUri(role, id),
    dns: hostnames.filter((name) => isIP(name) === 0),
    ip: hostnames.filter((name) => isIP(name) !== 0),
  };
  const pem = createCertificate(
    { commonName: id, publicKey, ...validity(now, days, issuerNotAfter) },
    { kind: "leaf", extendedKeyUsage: LEAVES[role].extendedKeyUsage, names },
    issuer,
  );
  const x509 = new X509Certificate(pem);
  const facts = {
    serial: x509.serialNumber.toUpperCase(),
    id,
    role,
    notAfter: new Date(x509.validTo).toISOString(),
    spkiSha256: spkiSha256(publicKey),
    ...(meters === undefined ? {} : { meters }),
    ...(input === undefined ? {} : { input }),
  };
  const at = now.toISOString();
  return {
    pem,
    chain: pem + issuer.certificate.toString(),
    certificate: { ...facts, issuedAt: at },
    issued: { event: "issued", at, ...facts },
  };
}

/**
 * A key speaks for one name only: whoever holds it could else be two. And a key that was revoked for a reason other than
 * its renewal may be in other hands.
 */
export function refuseUsedKey(
  registered: readonly RegisteredCertificate[],
  publicKey: KeyObject,
  role: Role,
  id: string,
): void {
  const hash = spkiSha256(publicKey);
  const used = registered.find(
    (one) =>
      one.spkiSha256 === hash &&
      (one.role !== role || one.id !== id || (one.revokedAt !== undefined && one.reason !== SUPERSEDED)),
  );
  if (used)
    throw new PlatformError(
      "key-used",
      used.id === id && used.role === role
        ? `this key's certificate was revoked on ${used.revokedAt}: make a new key`
        : `this key is already that of ${used.role} ${used.id}: make a new key for each device`,
    );
}

/** The reason of a revocation by which a newer certificate took the place. */
export const SUPERSEDED = "superseded";
