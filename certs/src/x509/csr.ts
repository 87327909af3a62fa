import { createPublicKey, verify, type KeyObject } from "node:crypto";
import { PlatformError } from "@smp/schemas";
import { readOne, readParts, type Tlv } from "./tlv.ts";

/** What a certificate signing request (RFC 2986) says. Its names are wishes: the issuer decides on every one. */
export interface SigningRequest {
  readonly publicKey: KeyObject;
  /** Common names of its subject. */
  readonly commonNames: readonly string[];
  /** URI names that it asks for as subject alternative names. */
  readonly uris: readonly string[];
}

const REQUEST_BYTES_MAX = 8_192;
const [SEQUENCE, SET, BIT_STRING, OCTETS, OBJECT_ID, ATTRIBUTES, URI] = [
  0x30, 0x31, 0x03, 0x04, 0x06, 0xa0, 0x86,
] as const;
const COMMON_NAME = "550403";
const EXTENSION_REQUEST = "2a864886f70d01090e";
const SUBJECT_ALT_NAME = "551d11";
/** SubjectPublicKeyInfo of an uncompressed point on P-256 by its name, with all lengths, up to the point: nothing else is issued for. */
const P256_PREFIX = Buffer.from("3059301306072a8648ce3d020106082a8648ce3d03010703420004", "hex");
const HASH_BY_SIGNATURE: Readonly<Record<string, string>> = {
  "2a8648ce3d040302": "sha256",
  "2a8648ce3d040303": "sha384",
  "2a8648ce3d040304": "sha512",
};

/**
 * Reads a request and checks that its sender has the key. Takes PEM, base64 (RFC 7030, 4.2.1) or DER. Throws
 * PlatformError `csr-malformed`, `csr-key` or `csr-signature`.
 */
export function parseRequest(bytes: Buffer): SigningRequest {
  const der = derOf(bytes);
  let parts: ReturnType<typeof split>;
  try {
    parts = split(der);
  } catch (cause) {
    throw new PlatformError(
      "csr-malformed",
      `this is no certificate signing request: make one with openssl req -new -key client.key -subj /CN=NAME`,
      { cause },
    );
  }
  const { info, spki, signatureAlgorithm, signature, ...names } = parts;
  if (!spki.subarray(0, P256_PREFIX.length).equals(P256_PREFIX))
    throw new PlatformError(
      "csr-key",
      "the request's key must be on the curve P-256, by its name: make it with openssl ecparam -name prime256v1 -genkey -noout",
    );
  const hash = HASH_BY_SIGNATURE[signatureAlgorithm];
  try {
    const publicKey = createPublicKey({ key: spki, type: "spki", format: "der" });
    if (hash !== undefined && verify(hash, info, publicKey, signature)) return { publicKey, ...names };
  } catch {
    // A point that is not on the curve, or a signature that is none.
  }
  throw new PlatformError(
    "csr-signature",
    "the request is not signed by its own key: whoever sends it does not have that key, or it was changed on its way",
  );
}

function derOf(bytes: Buffer): Buffer {
  if (bytes.length > REQUEST_BYTES_MAX)
    throw new PlatformError("csr-malformed", `a request has at most ${REQUEST_BYTES_MAX} bytes`);
  if (bytes[0] === SEQUENCE && bytes[1] !== undefined && bytes[1] >= 0x80) return bytes;
  return Buffer.from(bytes.toString("latin1").replaceAll(/-----[A-Z ]+-----/g, ""), "base64");
}

interface Split extends Pick<SigningRequest, "commonNames" | "uris"> {
  readonly info: Buffer;
  readonly spki: Buffer;
  readonly signatureAlgorithm: string;
  readonly signature: Buffer;
}

/** CertificationRequest: info, algorithm, signature; info: version, subject, key, [0] attributes. */
function split(der: Buffer): Split {
  const [info, algorithm, signature, ...rest] = readParts(readOne(der), SEQUENCE);
  const [, subject, spki, attributes] = readParts(info, SEQUENCE);
  if (!info || !spki || signature?.tag !== BIT_STRING || signature.content[0] !== 0 || rest.length > 0)
    throw new RangeError("not the parts of a request");
  return {
    info: info.whole,
    spki: spki.whole,
    signatureAlgorithm: objectIdOf(readParts(algorithm, SEQUENCE)[0]),
    signature: signature.content.subarray(1),
    commonNames: commonNamesOf(subject),
    uris: attributes ? urisOf(attributes) : [],
  };
}

const commonNamesOf = (subject: Tlv | undefined): string[] =>
  readParts(subject, SEQUENCE).flatMap((set) =>
    readParts(set, SET).flatMap((attribute) => {
      const [type, value] = readParts(attribute, SEQUENCE);
      return objectIdOf(type) === COMMON_NAME ? [value?.content.toString("utf8") ?? ""] : [];
    }),
  );

function urisOf(attributes: Tlv): string[] {
  const extensions = readParts(attributes, ATTRIBUTES).flatMap((attribute) => {
    const [type, values] = readParts(attribute, SEQUENCE);
    if (objectIdOf(type) !== EXTENSION_REQUEST) return [];
    return readParts(readParts(values, SET)[0], SEQUENCE);
  });
  return extensions.flatMap((extension) => {
    const [type, ...values] = readParts(extension, SEQUENCE);
    const value = values.at(-1); // "critical" may stand before it
    if (objectIdOf(type) !== SUBJECT_ALT_NAME || value?.tag !== OCTETS) return [];
    const names = readParts(readOne(value.content), SEQUENCE);
    return names.filter(({ tag }) => tag === URI).map(({ content }) => content.toString("utf8"));
  });
}

function objectIdOf(value: Tlv | undefined): string {
  if (value?.tag !== OBJECT_ID) throw new RangeError("no object identifier");
  return value.content.toString("hex");
}
