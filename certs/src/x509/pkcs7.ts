import type { X509Certificate } from "node:crypto";
import { decode, encode, explicit, integer, objectId, sequence, set } from "./der.ts";

const SIGNED_DATA = "1.2.840.113549.1.7.2";
const DATA = "1.2.840.113549.1.7.1";

/** Certificates and nothing else as PKCS#7 (RFC 5652, 5.1: SignedData without a signer), DER. */
export function certsOnly(certificates: readonly X509Certificate[]): Buffer {
  const signedData = sequence(
    integer(1),
    set(),
    sequence(objectId(DATA)),
    // [0] IMPLICIT SET OF: the tag in place of the set's own.
    explicit(0, ...certificates.map(({ raw }) => decode(raw))),
    set(),
  );
  return encode(sequence(objectId(SIGNED_DATA), explicit(0, signedData)));
}
