import { createMeterDecoder, type MeterDecoderOptions } from "../../src/meter/decoder.ts";
import type { DecodeFault, DecoderEvent, Telegram } from "../../src/meter/telegram.ts";

/** Runs chunks through a new decoder, to the end. */
export function decodeChunks(
  chunks: Iterable<Uint8Array>,
  options: MeterDecoderOptions = {},
): DecoderEvent[] {
  const decoder = createMeterDecoder(options);
  const events: DecoderEvent[] = [];
  for (const chunk of chunks) events.push(...decoder.push(chunk, 0));
  return [...events, ...decoder.flush()];
}

export const telegramsOf = (events: readonly DecoderEvent[]): Telegram[] =>
  events.flatMap((event) => (event.kind === "telegram" ? [event.telegram] : []));

export const faultsOf = (events: readonly DecoderEvent[]): DecodeFault[] =>
  events.flatMap((event) => (event.kind === "fault" ? [event.fault] : []));

/** Cuts bytes at the given places, in any order and beyond the end. */
export function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const sorted = [
    0,
    ...places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b),
    bytes.length,
  ];
  return sorted.slice(1).map((end, index) => bytes.subarray(sorted[index], end));
}

export const byteByByte = (bytes: Uint8Array): Uint8Array[] =>
  Array.from(bytes, (byte) => Uint8Array.of(byte));

/** Repeatable noise (xorshift32). */
export function noise(length: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = seed | 1;
  for (let index = 0; index < length; index++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[index] = state & 0xff;
  }
  return bytes;
}
