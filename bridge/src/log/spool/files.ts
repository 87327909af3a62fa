import { mkdir, open, readdir, rename, stat, unlink } from "node:fs/promises";

// The edge's journal has a copy of this file and of lock.ts: all that the two packages may share is schemas, which touches no disk.

/** What the spool needs of an open file; `node:fs/promises` gives it, and tests give one that fails. */
export interface SpoolFile {
  /** May write less than it was given, without an error: on a full disk the count is the only sign. */
  write(
    bytes: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ bytesWritten: number }>;
  read(bytes: Uint8Array, offset: number, length: number, position: number): Promise<{ bytesRead: number }>;
  datasync(): Promise<void>;
  close(): Promise<void>;
}

export interface SpoolFiles {
  makeDirectory(path: string): Promise<void>;
  list(directory: string): Promise<string[]>;
  sizeOf(path: string): Promise<number>;
  /** `wx`: makes the file, and fails where there is one. */
  open(path: string, flags: "r" | "w" | "wx"): Promise<SpoolFile>;
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** Makes new names survive a power cut. */
  syncDirectory(path: string): Promise<void>;
}

/** Readings tell when a household is at home: nobody else on the machine may read them. */
const OWNER_ONLY_FILE = 0o600;
const OWNER_ONLY_DIRECTORY = 0o700;

export const diskFiles: SpoolFiles = {
  async makeDirectory(path) {
    await mkdir(path, { recursive: true, mode: OWNER_ONLY_DIRECTORY });
  },
  list: (directory) => readdir(directory),
  sizeOf: async (path) => (await stat(path)).size,
  open: (path, flags) => open(path, flags, OWNER_ONLY_FILE),
  rename,
  remove: unlink,
  async syncDirectory(path) {
    if (process.platform === "win32") return; // Windows cannot open a directory, and needs no such step
    const directory = await open(path, "r");
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  },
};

/** Writes all bytes at a position, or throws: a short count is followed up until the disk says why. */
export async function writeAll(file: SpoolFile, bytes: Uint8Array, position: number): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    const { bytesWritten } = await file.write(bytes, written, bytes.length - written, position + written);
    if (bytesWritten <= 0) throw new Error("the disk took no more bytes");
    written += bytesWritten;
  }
}

/** Reads from a position; shorter than asked only where the file ends. */
export async function readUpTo(file: SpoolFile, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(bytes, filled, length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}
