import { sign } from "node:crypto";
import type { Issuer } from "./certificate.ts";
import { ECDSA_WITH_SHA256, extension, keyIdentifier, subjectOf } from "./certificate.ts";
import {
  bits,
  encode,
  enumerated,
  explicit,
  implicit,
  integer,
  integerBytes,
  objectId,
  sequence,
  time,
  toPem,
  type Der,
} from "./der.ts";
import type { RegisteredCertificate } from "../folder/registry.ts";

const EXTENSION = {
  crlNumber: "2.5.29.20",
  reasonCode: "2.5.29.21",
  authorityKeyIdentifier: "2.5.29.35",
} as const;
/** CRLReason (RFC 5280, 5.3.1). Reasons in words of an operator's own have no code. */
const REASON_CODES: Readonly<Record<string, number>> = { superseded: 4 };

export interface CrlTerms {
  /** Rises with every list of the same authority. */
  readonly number: number;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
}

/** A certificate revocation list (RFC 5280, 5) as PEM, with the label that OpenSSL knows. */
export function createCrl(
  revoked: readonly RegisteredCertificate[],
  { number, thisUpdate, nextUpdate }: CrlTerms,
  { certificate, privateKey }: Issuer,
): string {
  const algorithm = sequence(objectId(ECDSA_WITH_SHA256));
  const toBeSigned = sequence(
    integer(1), // version 2
    algorithm,
    subjectOf(certificate),
    time(thisUpdate),
    time(nextUpdate),
    // An empty list must be absent (5.1.2.6).
    ...(revoked.length > 0 ? [sequence(...revoked.map(entry))] : []),
    explicit(
      0,
      sequence(
        extension(
          EXTENSION.authorityKeyIdentifier,
          false,
          sequence(implicit(0, keyIdentifier(certificate.publicKey))),
        ),
        extension(EXTENSION.crlNumber, false, integer(number)),
      ),
    ),
  );
  const signature = sign("sha256", encode(toBeSigned), privateKey);
  return toPem("X509 CRL", encode(sequence(toBeSigned, algorithm, bits(signature))));
}

function entry({ serial, revokedAt = "", reason = "" }: RegisteredCertificate): Der {
  const code = REASON_CODES[reason];
  const extensions =
    code === undefined ? [] : [sequence(extension(EXTENSION.reasonCode, false, enumerated(code)))];
  return sequence(integerBytes(Buffer.from(serial, "hex")), time(new Date(revokedAt)), ...extensions);
}
