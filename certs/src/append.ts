import { open } from "node:fs/promises";
import { PlatformError } from "@smp/schemas";
import { PRIVATE_FILE_MODE } from "./files.ts";

/**
 * Appends lines of JSON in one write and has the disk hold them. Call it under the lock only: the rest of an interrupted
 * append is cut off first, and a failed one is undone.
 */
export async function appendLines(path: string, values: readonly object[]): Promise<void> {
  const file = await open(path, "a+", PRIVATE_FILE_MODE);
  try {
    const former = await file.readFile();
    const size = former.lastIndexOf("\n") + 1;
    if (size < former.length) await file.truncate(size);
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
