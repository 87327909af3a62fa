import { BATCH_READINGS_MAX, MESSAGE_BYTES_MAX } from "@smp/schemas";
import { readCbor } from "./cbor.ts";
import type { DecodedReading } from "./element.ts";
import { readJson } from "./json.ts";
import { Rejection } from "../rejection.ts";

/**
 * Decodes a message of `sm/v1/{device}/reading`. The first byte tells the encoding: 0x80-0xBF is CBOR, `{` or `[` JSON; up
 * to 0xDB it is a CBOR tag, such as cbor-x puts around its records. Throws a `Rejection` when the whole message is unusable.
 */
export function decodeMessage(payload: Uint8Array): DecodedReading[] {
  const bytes = Buffer.isBuffer(payload)
    ? payload
    : Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  if (bytes.length === 0)
    throw new Rejection("empty-payload", "The message has no bytes: send a reading in CBOR or JSON.");
  if (bytes.length > MESSAGE_BYTES_MAX)
    throw new Rejection(
      "too-large",
      `The message has ${bytes.length} bytes, but at most ${MESSAGE_BYTES_MAX} are allowed: send smaller batches.`,
    );
  const first = bytes[0] ?? 0;
  if (first === 0x7b || first === 0x5b) return counted(readJson(bytes));
  if (first >= 0x80 && first <= 0xdb) return counted(readCbor(bytes));
  throw new Rejection(
    "unknown-encoding",
    `The first byte is 0x${first.toString(16).padStart(2, "0")}: a message begins with { or [ (JSON) or with 0x80 to 0xbf (a CBOR map or array).`,
  );
}

/** A batch holds 1 to 500 readings. */
function counted(readings: DecodedReading[]): DecodedReading[] {
  if (readings.length === 0)
    throw new Rejection("schema", "The batch is empty: it must hold at least one reading.");
  if (readings.length > BATCH_READINGS_MAX)
    throw new Rejection(
      "schema",
      `The batch holds ${readings.length} readings, but at most ${BATCH_READINGS_MAX} are allowed.`,
    );
  return readings;
}
