import { MESSAGE_BYTES_MAX } from "@smp/schemas";
import { arrayHead, encodeCbor } from "./cbor.ts";

/** What one telegram says that leaves the house: `t` Unix ms UTC, `m` the meter behind the device, `r` the registers. */
export interface EdgeReading {
  t?: number | undefined;
  m?: string | undefined;
  r: Record<string, number>;
}

/** The head of an array of up to 500 readings. */
const ARRAY_HEAD_BYTES = 3;
export const BATCH_BYTES_MAX: number = MESSAGE_BYTES_MAX - ARRAY_HEAD_BYTES;

/** One reading in the contract's CBOR; the journal keeps these bytes, and they go out as they are. */
export const encodeReading = ({ t, m, r }: EdgeReading, sequence: number): Uint8Array =>
  encodeCbor({ v: 1, t, s: sequence, m, r });

/** A message of encoded readings: one stands for itself, several form an array. */
export function encodeMessage(readings: readonly Uint8Array[]): Buffer {
  const [only] = readings;
  if (readings.length === 1 && only) return Buffer.from(only);
  return Buffer.concat([arrayHead(readings.length), ...readings]);
}
