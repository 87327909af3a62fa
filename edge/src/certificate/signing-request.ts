import { createPublicKey, sign, type KeyObject } from "node:crypto";

const SEQUENCE = 0x30;
const SET = 0x31;
const UTF8_STRING = 0x0c;
const BIT_STRING = 0x03;
const COMMON_NAME = Buffer.from("0603550403", "hex");
/** RFC 5758, 3.2: ecdsa-with-SHA256, without parameters. */
const ECDSA_WITH_SHA256 = Buffer.from("300a06082a8648ce3d040302", "hex");
const VERSION = Buffer.from("020100", "hex");
const NO_ATTRIBUTES = Buffer.from("a000", "hex");

/** A certificate signing request (RFC 2986) for a P-256 key, DER. */
export function signingRequest(commonName: string, privateKey: KeyObject): Buffer {
  const name = tlv(SEQUENCE, COMMON_NAME, tlv(UTF8_STRING, Buffer.from(commonName)));
  const spki = createPublicKey(privateKey).export({ type: "spki", format: "der" });
  const info = tlv(SEQUENCE, VERSION, tlv(SEQUENCE, tlv(SET, name)), spki, NO_ATTRIBUTES);
  const signature = sign("sha256", info, privateKey);
  return tlv(SEQUENCE, info, ECDSA_WITH_SHA256, tlv(BIT_STRING, Buffer.from([0]), signature));
}

/** A value of DER (X.690): a tag around its parts. */
function tlv(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  const size =
    body.length < 0x80 ? [] : body.length < 0x100 ? [body.length] : [body.length >> 8, body.length & 0xff];
  const length = size.length === 0 ? [body.length] : [0x80 | size.length, ...size];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}
