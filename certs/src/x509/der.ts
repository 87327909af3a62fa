// The test compiler reads only the files that are imported, and a file of module declarations cannot be.
// oxlint-disable-next-line typescript/triple-slash-reference
/// <reference path="./node-forge.d.ts" />
import asn1 from "node-forge/lib/asn1.js";
import util from "node-forge/lib/util.js";

/** One ASN.1 value, to be put into others or encoded. */
export interface Der {
  readonly tagClass: number;
  readonly type: number;
  readonly value: string | Der[];
}

const { UNIVERSAL, CONTEXT_SPECIFIC } = asn1.Class;
const binary = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");
const primitive = (type: number, value: string): Der => asn1.create(UNIVERSAL, type, false, value);
const constructed = (type: number, parts: Der[]): Der => asn1.create(UNIVERSAL, type, true, parts);

export const sequence = (...parts: Der[]): Der => constructed(asn1.Type.SEQUENCE, parts);
export const set = (...parts: Der[]): Der => constructed(asn1.Type.SET, parts);
export const objectId = (oid: string): Der => primitive(asn1.Type.OID, asn1.oidToDer(oid).getBytes());
export const integer = (value: number): Der =>
  primitive(asn1.Type.INTEGER, asn1.integerToDer(value).getBytes());
export const enumerated = (value: number): Der =>
  primitive(asn1.Type.ENUMERATED, asn1.integerToDer(value).getBytes());
/** An INTEGER from its big-endian bytes; the first bit must be 0, or the number is negative. */
export const integerBytes = (bytes: Uint8Array): Der => primitive(asn1.Type.INTEGER, binary(bytes));
export const boolean = (value: boolean): Der => primitive(asn1.Type.BOOLEAN, value ? "\xff" : "\x00");
export const nothing = (): Der => primitive(asn1.Type.NULL, "");
export const utf8 = (text: string): Der => primitive(asn1.Type.UTF8, binary(Buffer.from(text)));
export const octets = (bytes: Uint8Array): Der => primitive(asn1.Type.OCTETSTRING, binary(bytes));
export const bits = (bytes: Uint8Array, unused = 0): Der =>
  primitive(asn1.Type.BITSTRING, String.fromCharCode(unused) + binary(bytes));

/** RFC 5280, 4.1.2.5: UTCTime through 2049, GeneralizedTime from 2050. */
export const time = (date: Date): Der =>
  date.getUTCFullYear() < 2050
    ? primitive(asn1.Type.UTCTIME, asn1.dateToUtcTime(date))
    : primitive(asn1.Type.GENERALIZEDTIME, asn1.dateToGeneralizedTime(date));

/** A context-specific tag around other values: `[n] EXPLICIT`. */
export const explicit = (tag: number, ...parts: Der[]): Der =>
  asn1.create(CONTEXT_SPECIFIC, tag, true, parts);
/** A context-specific tag in place of a primitive's own: `[n] IMPLICIT`. */
export const implicit = (tag: number, bytes: Uint8Array): Der =>
  asn1.create(CONTEXT_SPECIFIC, tag, false, binary(bytes));

export const encode = (node: Der): Buffer => Buffer.from(asn1.toDer(node).getBytes(), "latin1");

/** Reads DER; bit strings stay as they are, because forge would take an EC point (0x04…) for an OCTET STRING. */
export const decode = (bytes: Uint8Array): Der =>
  asn1.fromDer(binary(bytes), { strict: true, decodeBitStrings: false });

/** The 4 or 16 bytes of an IP address in text form. */
export function ipBytes(ip: string): Buffer {
  const bytes = util.bytesFromIP(ip);
  if (bytes === null) throw new RangeError(`"${ip}" is not an IP address`);
  return Buffer.from(bytes, "latin1");
}

/** The part of a SEQUENCE or SET at an index. */
export function partOf(node: Der, index: number): Der {
  const part = typeof node.value === "string" ? undefined : node.value[index];
  if (part === undefined) throw new RangeError(`the ASN.1 value has no part ${index}`);
  return part;
}

/** Base64 in lines of 64 characters, each with its end. */
export const base64Lines = (der: Uint8Array): string =>
  Buffer.from(der)
    .toString("base64")
    .replaceAll(/.{1,64}/g, "$&\n");

export const toPem = (label: string, der: Uint8Array): string =>
  `-----BEGIN ${label}-----\n${base64Lines(der)}-----END ${label}-----\n`;
