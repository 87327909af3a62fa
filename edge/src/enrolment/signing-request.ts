import { createPublicKey, sign, type KeyObject } from "node:crypto";
import { SEQUENCE, SET, tlv } from "./der.ts";

const COMMON_NAME = Buffer.from("0603550403", "hex");
/** RFC 5758, 3.2: ecdsa-with-SHA256, without parameters. */
const ECDSA_WITH_SHA256 = Buffer.from("300a06082a8648ce3d040302", "hex");
const VERSION = Buffer.from("020100", "hex");
const NO_ATTRIBUTES = Buffer.from("a000", "hex");

/** A certificate signing request (RFC 2986) for a P-256 key, DER. */
export function signingRequest(commonName: string, privateKey: KeyObject): Buffer {
  const name = tlv(SEQUENCE, COMMON_NAME, tlv(0x0c, Buffer.from(commonName)));
  const spki = createPublicKey(privateKey).export({ type: "spki", format: "der" });
  const info = tlv(SEQUENCE, VERSION, tlv(SEQUENCE, tlv(SET, name)), spki, NO_ATTRIBUTES);
  const signature = sign("sha256", info, privateKey);
  return tlv(SEQUENCE, info, ECDSA_WITH_SHA256, tlv(0x03, Buffer.from([0]), signature));
}
