import { Decoder } from "cbor-x";
import { scanCbor } from "./cbor-scan.ts";
import type { DecodedReading } from "./element.ts";
import { Rejection } from "./rejection.ts";

/** `int64AsNumber` is missing in cbor-x's types; without it a 64-bit integer below 2^53 becomes a BigInt. */
const options = { useRecords: false, mapsAsObjects: true, int64AsNumber: true };
const decoder = new Decoder(options);

/** Decodes a CBOR message that the scan lets through. Throws a `Rejection` for what breaks the whole message. */
export function readCbor(payload: Buffer): DecodedReading[] {
  const elements = scanCbor(payload);
  const value = decoded(payload);
  if (!Array.isArray(value))
    return elements.map(({ bytes, fault }) => ({ value, bytes, fault, index: undefined }));
  return elements.map(({ bytes, fault }, index) => ({ value: value[index] as unknown, bytes, fault, index }));
}

function decoded(payload: Buffer): unknown {
  try {
    return decoder.decode(payload);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Rejection("invalid-cbor", `The CBOR does not decode: ${why}.`);
  }
}
