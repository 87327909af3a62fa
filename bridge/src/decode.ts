import { isUtf8 } from "node:buffer";
import { Decoder } from "cbor-x";
import { BATCH_READINGS_MAX, MESSAGE_BYTES_MAX } from "@smp/schemas";
import { scanCbor, tagged } from "./cbor-scan.ts";
import type { Element } from "./element.ts";
import { scanJson } from "./json-scan.ts";
import { Rejection } from "./rejection.ts";

/** One reading of a message, decoded but not yet checked against the contract. */
export interface DecodedReading extends Element {
  value: unknown;
  /** Its place in a batch; `undefined` when the message is a single reading. */
  index: number | undefined;
}

/** `int64AsNumber` is missing in cbor-x's types; without it a 64-bit integer below 2^53 becomes a BigInt. */
const decoderOptions = { useRecords: false, mapsAsObjects: true, int64AsNumber: true };
const decoder = new Decoder(decoderOptions);

/**
 * Decodes a message of `sm/v1/{device}/reading`. The first byte tells the encoding: 0x80-0xBF is CBOR, `{` or `[` JSON.
 * Throws a `Rejection` when the whole message is unusable.
 */
export function decodeMessage(payload: Uint8Array): DecodedReading[] {
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  if (bytes.length === 0)
    throw new Rejection("empty-payload", "The message has no bytes: send a reading in CBOR or JSON.");
  if (bytes.length > MESSAGE_BYTES_MAX)
    throw new Rejection(
      "too-large",
      `The message has ${bytes.length} bytes, but at most ${MESSAGE_BYTES_MAX} are allowed: send smaller batches.`,
    );
  const first = bytes[0] ?? 0;
  if (first === 0x7b || first === 0x5b) return decodeJson(bytes);
  if (first >= 0x80 && first <= 0xbf) return decodeCbor(bytes);
  if (first >= 0xc0 && first <= 0xdb) throw leadingTag(bytes);
  throw new Rejection(
    "unknown-encoding",
    `The first byte is 0x${first.toString(16).padStart(2, "0")}: a message begins with { or [ (JSON) or with 0x80 to 0xbf (a CBOR map or array).`,
  );
}

function decodeCbor(bytes: Buffer): DecodedReading[] {
  const elements = scanCbor(bytes);
  let value: unknown;
  try {
    value = decoder.decode(bytes);
  } catch (error) {
    throw new Rejection("invalid-cbor", `The CBOR does not decode: ${messageOf(error)}.`);
  }
  return pair(value, elements);
}

function decodeJson(bytes: Buffer): DecodedReading[] {
  if (!isUtf8(bytes)) throw new Rejection("invalid-json", "The JSON is not in UTF-8.");
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString("utf8"));
  } catch (error) {
    throw new Rejection("invalid-json", `The JSON does not parse: ${messageOf(error)}.`);
  }
  return pair(value, scanJson(bytes));
}

function pair(value: unknown, elements: Element[]): DecodedReading[] {
  if (!Array.isArray(value)) return elements.map((element) => ({ ...element, value, index: undefined }));
  if (value.length === 0)
    throw new Rejection("schema", "The batch is empty: it must hold at least one reading.");
  if (value.length > BATCH_READINGS_MAX)
    throw new Rejection(
      "schema",
      `The batch holds ${value.length} readings, but at most ${BATCH_READINGS_MAX} are allowed.`,
    );
  return elements.map((element, index) => ({ ...element, value: value[index] as unknown, index }));
}

/** A tag around the whole message, such as cbor-x puts there for its records. */
function leadingTag(bytes: Buffer): Rejection {
  const information = (bytes[0] ?? 0) & 31;
  const size = information < 24 ? 0 : 1 << (information - 24);
  if (bytes.length < 1 + size)
    return new Rejection("invalid-cbor", "The CBOR is not valid: it ends inside a tag.");
  const tag =
    size === 0 ? information : size === 8 ? Number(bytes.readBigUInt64BE(1)) : bytes.readUIntBE(1, size);
  return tagged(tag, 0);
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
