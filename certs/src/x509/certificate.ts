import { createHash, randomBytes, sign, X509Certificate, type KeyObject } from "node:crypto";
import {
  bits,
  boolean,
  decode,
  encode,
  explicit,
  implicit,
  integer,
  integerBytes,
  ipBytes,
  objectId,
  octets,
  partOf,
  sequence,
  set,
  time,
  toPem,
  utf8,
  type Der,
} from "./der.ts";

export const ECDSA_WITH_SHA256 = "1.2.840.10045.4.3.2";
const COMMON_NAME = "2.5.4.3";
const EXTENSION = {
  subjectKeyIdentifier: "2.5.29.14",
  keyUsage: "2.5.29.15",
  subjectAltName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  authorityKeyIdentifier: "2.5.29.35",
  extendedKeyUsage: "2.5.29.37",
} as const;
const EXTENDED_KEY_USAGE = { serverAuth: "1.3.6.1.5.5.7.3.1", clientAuth: "1.3.6.1.5.5.7.3.2" } as const;
/** KeyUsage bits (RFC 5280, 4.2.1.3) as one byte, with the count of unused bits behind. */
const DIGITAL_SIGNATURE = bits(Uint8Array.of(0x80), 7);
const CERT_SIGN_AND_CRL_SIGN = bits(Uint8Array.of(0x06), 1);

export interface Subject {
  readonly commonName: string;
  readonly publicKey: KeyObject;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

export interface LeafNames {
  readonly uri: string;
  readonly dns: readonly string[];
  readonly ip: readonly string[];
}

export type Purpose =
  | { readonly kind: "authority"; readonly pathLength: number }
  | {
      readonly kind: "leaf";
      readonly extendedKeyUsage: "clientAuth" | "serverAuth";
      readonly names: LeafNames;
    };

export interface Signer {
  readonly privateKey: KeyObject;
  /** Absent for the root, which signs itself. */
  readonly certificate?: X509Certificate;
}

export interface Issuer extends Signer {
  readonly certificate: X509Certificate;
}

/** Issues one X.509 certificate, signed with ECDSA and SHA-256; returns PEM. */
export function createCertificate(subject: Subject, purpose: Purpose, signer: Signer): string {
  const name = sequence(set(sequence(objectId(COMMON_NAME), utf8(subject.commonName))));
  // RFC 5758, 3.2: the parameters are absent, not NULL.
  const algorithm = sequence(objectId(ECDSA_WITH_SHA256));
  const toBeSigned = sequence(
    explicit(0, integer(2)),
    integerBytes(newSerial()),
    algorithm,
    signer.certificate ? subjectOf(signer.certificate) : name,
    sequence(time(subject.notBefore), time(subject.notAfter)),
    name,
    decode(spkiOf(subject.publicKey)),
    explicit(3, sequence(...extensions(subject.publicKey, purpose, signer.certificate))),
  );
  const signature = sign("sha256", encode(toBeSigned), signer.privateKey);
  return toPem("CERTIFICATE", encode(sequence(toBeSigned, algorithm, bits(signature))));
}

function extensions(publicKey: KeyObject, purpose: Purpose, issuer: X509Certificate | undefined): Der[] {
  const authority = purpose.kind === "authority";
  const list = [
    extension(
      EXTENSION.basicConstraints,
      true,
      authority ? sequence(boolean(true), integer(purpose.pathLength)) : sequence(),
    ),
    extension(EXTENSION.keyUsage, true, authority ? CERT_SIGN_AND_CRL_SIGN : DIGITAL_SIGNATURE),
    extension(EXTENSION.subjectKeyIdentifier, false, octets(keyIdentifier(publicKey))),
  ];
  if (issuer)
    list.push(
      extension(
        EXTENSION.authorityKeyIdentifier,
        false,
        sequence(implicit(0, keyIdentifier(issuer.publicKey))),
      ),
    );
  if (purpose.kind === "leaf")
    list.push(
      extension(
        EXTENSION.extendedKeyUsage,
        false,
        sequence(objectId(EXTENDED_KEY_USAGE[purpose.extendedKeyUsage])),
      ),
      extension(EXTENSION.subjectAltName, false, sequence(...generalNames(purpose.names))),
    );
  return list;
}

/** GeneralName (RFC 5280, 4.2.1.6): [2] dNSName, [6] uniformResourceIdentifier, [7] iPAddress. */
function generalNames(names: LeafNames): Der[] {
  return [
    implicit(6, Buffer.from(names.uri, "ascii")),
    ...names.dns.map((dns) => implicit(2, Buffer.from(dns, "ascii"))),
    ...names.ip.map((ip) => implicit(7, ipBytes(ip))),
  ];
}

export function extension(oid: string, critical: boolean, value: Der): Der {
  return sequence(objectId(oid), ...(critical ? [boolean(true)] : []), octets(encode(value)));
}

/** 16 random bytes; the first one is 0x40–0x7f, so that the number is positive and of fixed length. */
function newSerial(): Buffer {
  const serial = randomBytes(16);
  serial[0] = (serial[0]! & 0x7f) | 0x40;
  return serial;
}

/** The issuer's subject, byte for byte: TBSCertificate is [0] version, serial, algorithm, issuer, validity, subject. */
export const subjectOf = (certificate: X509Certificate): Der => partOf(partOf(decode(certificate.raw), 0), 5);

const spkiOf = (key: KeyObject): Buffer => key.export({ type: "spki", format: "der" });

/** The SHA-256 of a public key (SubjectPublicKeyInfo), in hex: names the key, whatever certificate carries it. */
export const spkiSha256 = (key: KeyObject): string => createHash("sha256").update(spkiOf(key)).digest("hex");

/** RFC 7093, method 1: the leftmost 160 bits of the SHA-256 of the public key, here an uncompressed point of 65 bytes. */
export const keyIdentifier = (key: KeyObject): Buffer =>
  createHash("sha256").update(spkiOf(key).subarray(-65)).digest().subarray(0, 20);
