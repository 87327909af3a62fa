import { on } from "node:events";
import type { Duplex } from "node:stream";
import { PlatformError } from "@smp/schemas";

/** Chunks kept while the consumer is busy; the stream is paused above. */
const CHUNKS_QUEUED_MAX = 16;

export interface StreamBytesOptions {
  signal: AbortSignal;
  /** A line on which nothing at all arrives for so long is taken as lost: half-open connections never say so. */
  silenceMsMax: number;
}

/** The bytes of an open stream until it closes or `signal` aborts; throws on errors and on silence. */
export async function* streamBytes(
  stream: Duplex,
  { signal, silenceMsMax }: StreamBytesOptions,
): AsyncGenerator<Uint8Array, void> {
  const stop = new AbortController();
  const abort = (): void => stop.abort();
  const silence = setTimeout(abort, silenceMsMax);
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted) abort();
  try {
    const events = on(stream, "data", {
      signal: stop.signal,
      close: ["close", "end"],
      highWaterMark: CHUNKS_QUEUED_MAX,
      lowWaterMark: CHUNKS_QUEUED_MAX / 2,
    });
    for await (const [chunk] of events as AsyncIterable<[Uint8Array]>) {
      silence.refresh();
      yield chunk;
    }
  } catch (error) {
    if (signal.aborted) return;
    if (!stop.signal.aborted) throw error;
    throw new PlatformError("line-silent", `no byte for ${silenceMsMax / 1000} s`, { retryable: true });
  } finally {
    clearTimeout(silence);
    signal.removeEventListener("abort", abort);
  }
}
