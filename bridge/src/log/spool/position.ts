import { crc32 } from "node:zlib";
import { readUpTo, writeAll, type DiskFiles } from "@smp/disk";

/** Everything before it has reached the log. */
export interface Position {
  segment: number;
  offset: number;
}

const BYTES_MAX = 256;
const START: Position = { segment: 0, offset: 0 };

/**
 * Reads where the drain had come to. A missing or damaged file means the start: what was drained already then goes to
 * the log once more, which is harmless. A wrong position would skip readings, hence the checksum.
 */
export async function readPosition(files: DiskFiles, path: string): Promise<Position> {
  try {
    const file = await files.open(path, "r");
    try {
      const [segment = "", offset = "", sum] = (await readUpTo(file, 0, BYTES_MAX)).toString().split(" ");
      if (Number(sum) !== crc32(`${segment} ${offset}`)) return START;
      return { segment: Number(segment), offset: Number(offset) };
    } finally {
      await file.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return START;
    throw error;
  }
}

/** Replaces the file whole. Not synced: an older position is as good. */
export async function writePosition(
  files: DiskFiles,
  path: string,
  { segment, offset }: Position,
): Promise<void> {
  const text = `${segment} ${offset}`;
  const file = await files.open(`${path}.new`, "w");
  try {
    await writeAll(file, Buffer.from(`${text} ${crc32(text)}`), 0);
  } finally {
    await file.close();
  }
  await files.rename(`${path}.new`, path);
}
