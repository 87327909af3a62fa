import { open, type FileHandle } from "node:fs/promises";
import { PlatformError } from "@smp/schemas";
import { PRIVATE_FILE_MODE } from "./files.ts";

const LOOK_BYTES = 4_096;

/**
 * Appends lines of JSON in one write and has the disk hold them. Call it under the lock only: the rest of an interrupted
 * append is cut off first, and a failed one is undone.
 */
export async function appendLines(path: string, values: readonly object[]): Promise<void> {
  const file = await open(path, "a+", PRIVATE_FILE_MODE);
  try {
    const { size: end } = await file.stat();
    const size = await wholeLines(file, end);
    if (size < end) await file.truncate(size);
    const lines = Buffer.from(values.map((value) => `${JSON.stringify(value)}\n`).join(""));
    try {
      // A full disk shows as a short count, not as an error.
      const { bytesWritten } = await file.write(lines);
      if (bytesWritten !== lines.length)
        throw new Error(`only ${bytesWritten} of ${lines.length} bytes were written`);
      await file.sync();
    } catch (cause) {
      await file.truncate(size);
      throw new PlatformError(
        "registry-write",
        `${path} could not be extended: free disk space and try again`,
        { retryable: true, cause },
      );
    }
  } finally {
    await file.close();
  }
}

/** Where the last whole line ends; looked for from behind, as the file may be long. */
async function wholeLines(file: FileHandle, end: number): Promise<number> {
  for (let to = end; to > 0;) {
    const from = Math.max(0, to - LOOK_BYTES);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(to - from), 0, to - from, from);
    const at = buffer.subarray(0, bytesRead).lastIndexOf("\n");
    if (at >= 0) return from + at + 1;
    to = from;
  }
  return 0;
}
