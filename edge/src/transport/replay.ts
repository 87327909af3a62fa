import { createReadStream } from "node:fs";
import { open, readFile, stat } from "node:fs/promises";
import { messageOf, PlatformError } from "@smp/schemas";
import { captureBytes } from "./capture-bytes.ts";
import type { Transport } from "./transport.ts";

const BEGIN_BYTES = 64;
const CHUNK_BYTES = 16 * 1024;
const VECTOR_BYTES_MAX = 1024 * 1024;

/**
 * A capture file as a byte source, in each form that `smp decode` reads, or a test vector with `frames_hex` or `text`; it
 * ends with the file.
 */
export function replayTransport(file: string): Transport {
  return { name: `replay ${file}`, isReplay: true, bytes: (signal) => replay(file, signal) };
}

async function* replay(file: string, signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
  try {
    const stream = (): AsyncIterable<Buffer> => createReadStream(file, { highWaterMark: CHUNK_BYTES });
    for await (const bytes of captureBytes((await isVector(file)) ? vector(file) : stream(), false)) {
      if (signal.aborted) return;
      yield bytes;
    }
  } catch (error) {
    const reason = messageOf(error);
    throw new PlatformError("replay", `replay ${file}: ${reason}`, { cause: error });
  }
}

/** It is JSON, and no telegram begins with a brace. */
async function isVector(file: string): Promise<boolean> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(BEGIN_BYTES), 0, BEGIN_BYTES, 0);
    return buffer.toString("latin1", 0, bytesRead).trimStart().startsWith("{");
  } finally {
    await handle.close();
  }
}

async function* vector(file: string): AsyncGenerator<Uint8Array, void> {
  const { size } = await stat(file);
  if (size > VECTOR_BYTES_MAX)
    throw new Error(`it has ${size} bytes, but a JSON vector has at most ${VECTOR_BYTES_MAX}`);
  const { frames_hex: hex, text } = JSON.parse(await readFile(file, "utf8")) as Record<string, unknown>;
  const capture = hex ?? text;
  if (typeof capture !== "string") throw new Error('it is JSON, but has neither "frames_hex" nor "text"');
  yield Buffer.from(capture, "latin1");
}
