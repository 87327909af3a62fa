import { createReadStream } from "node:fs";
import { open, readFile, stat } from "node:fs/promises";
import { PlatformError } from "@smp/schemas";
import { type Clock, systemClock } from "./clock.ts";
import { type CaptureFormat, type CapturePiece, detectFormat, hexPieces, vectorBytes } from "./capture.ts";
import { ADAPTER_CHUNK_BYTES, atLineSpeed } from "./pacing.ts";
import type { Transport } from "./transport.ts";

export interface ReplayTransportOptions {
  file: string;
  /** @default "auto": found out from the file's beginning */
  format?: CaptureFormat | "auto";
  /**
   * "fast": as quickly as it is read. "real": at line speed, and each telegram 5 s after the one before, where the
   * capture shows where telegrams begin (hex: after an empty line). @default "fast"
   */
  pacing?: "real" | "fast";
  /** For real pacing. @default 2400 */
  baudRate?: number;
  /** For real pacing. @default 5000 */
  intervalMs?: number;
  clock?: Clock;
}

const SAMPLE_BYTES = 1024;
const CHUNK_BYTES = 16 * 1024;
const VECTOR_BYTES_MAX = 1024 * 1024;

/**
 * A capture file as a byte source; it ends with the file.
 *
 * @example replayTransport({ file: "capture.hex", pacing: "real" })
 */
export function replayTransport(options: ReplayTransportOptions): Transport {
  return {
    name: `replay ${options.file}`,
    bytes: (signal) => (options.pacing === "real" ? paced(options, signal) : unpaced(options, signal)),
  };
}

async function* unpaced(
  options: ReplayTransportOptions,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  for await (const { bytes } of pieces(options)) {
    if (signal.aborted) return;
    yield bytes;
  }
}

async function* paced(
  options: ReplayTransportOptions,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  const { clock = systemClock, baudRate = 2400, intervalMs = 5000 } = options;
  let telegramMs = clock.now();
  let first = true;
  for await (const { bytes, startsTelegram } of pieces(options)) {
    if (startsTelegram && !first) {
      telegramMs = Math.max(telegramMs + intervalMs, clock.now());
      await clock.sleep(telegramMs - clock.now(), signal);
    }
    first = false;
    if (signal.aborted) return;
    const line = { baudRate, chunkBytes: ADAPTER_CHUNK_BYTES, clock, signal };
    yield* atLineSpeed(bytes, Math.max(telegramMs, clock.now()), line);
    if (signal.aborted) return;
  }
}

async function* pieces({
  file,
  format = "auto",
}: ReplayTransportOptions): AsyncGenerator<CapturePiece, void> {
  try {
    const known = format === "auto" ? detectFormat(await beginningOf(file)) : format;
    if (known === "vector-json") yield { bytes: vectorBytes(await wholeFile(file)), startsTelegram: true };
    else if (known === "hex")
      yield* hexPieces(createReadStream(file, { encoding: "latin1", highWaterMark: CHUNK_BYTES }));
    else
      for await (const bytes of createReadStream(file, {
        highWaterMark: CHUNK_BYTES,
      }) as AsyncIterable<Buffer>)
        yield { bytes, startsTelegram: false };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new PlatformError("replay", `replay ${file}: ${reason}`, { cause: error });
  }
}

async function beginningOf(file: string): Promise<Buffer> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(SAMPLE_BYTES), 0, SAMPLE_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

async function wholeFile(file: string): Promise<string> {
  const { size } = await stat(file);
  if (size > VECTOR_BYTES_MAX)
    throw new Error(`it has ${size} bytes, but a JSON vector has at most ${VECTOR_BYTES_MAX}`);
  return readFile(file, "utf8");
}
