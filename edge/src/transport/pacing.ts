import { uniform } from "../simulator/random.ts";
import type { Clock } from "./clock.ts";

/** How many bytes arrive at a time: a fixed number, or any from 1 to 64. */
export type ChunkBytes = number | "random";

export interface LineSpeed {
  baudRate: number;
  chunkBytes: ChunkBytes;
  clock: Clock;
  signal: AbortSignal;
}

/** Start, eight data, parity and stop bit. */
const BITS_PER_BYTE = 11;
const RANDOM_CHUNK_BYTES_MAX = 64;

/**
 * What a serial adapter delivers in one go at 2400 baud without keeping a computer busy: a telegram in about ten pieces,
 * 150 ms each.
 */
export const ADAPTER_CHUNK_BYTES = 32;

/** Delivers bytes as a line of this speed does: each chunk at the moment when its last byte has arrived. */
export async function* atLineSpeed(
  bytes: Uint8Array,
  startMs: number,
  line: LineSpeed,
): AsyncGenerator<Uint8Array, void> {
  const byteMs = (BITS_PER_BYTE * 1000) / line.baudRate;
  let arrived = 0;
  for (const chunk of inChunks(bytes, line.chunkBytes, startMs)) {
    arrived += chunk.length;
    await line.clock.sleep(startMs + arrived * byteMs - line.clock.now(), line.signal);
    if (line.signal.aborted) return;
    yield chunk;
  }
}

/** Cuts bytes; the place makes random cuts repeatable. */
export function* inChunks(bytes: Uint8Array, chunkBytes: ChunkBytes, place = 0): Generator<Uint8Array, void> {
  let start = 0;
  while (start < bytes.length) {
    const size =
      chunkBytes === "random"
        ? 1 + Math.floor(uniform(place, start, 91) * RANDOM_CHUNK_BYTES_MAX)
        : chunkBytes;
    yield bytes.subarray(start, start + size);
    start += size;
  }
}
