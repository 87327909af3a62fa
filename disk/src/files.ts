import { mkdir, open, readdir, rename, stat, unlink } from "node:fs/promises";
import { syncFolder } from "./whole-files.ts";

/** What is needed of an open file; `node:fs/promises` gives it, and tests give one that fails. */
export interface DiskFile {
  /** May write less than it was given, without an error: on a full disk the count is the only sign. */
  write(
    bytes: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ bytesWritten: number }>;
  read(bytes: Uint8Array, offset: number, length: number, position: number): Promise<{ bytesRead: number }>;
  truncate(length: number): Promise<void>;
  datasync(): Promise<void>;
  close(): Promise<void>;
}

/** The file system as a journal sees it. */
export interface DiskFiles {
  makeDirectory(path: string): Promise<void>;
  list(directory: string): Promise<string[]>;
  sizeOf(path: string): Promise<number>;
  /** `wx`: makes the file, and fails where there is one. */
  open(path: string, flags: "r" | "r+" | "w" | "w+" | "wx"): Promise<DiskFile>;
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** Makes new, renamed and removed names survive a power cut. */
  syncDirectory(path: string): Promise<void>;
}

/** Readings tell when a household is at home: nobody else on the machine may read them. */
const OWNER_ONLY_FILE = 0o600;
const OWNER_ONLY_DIRECTORY = 0o700;

export const diskFiles: DiskFiles = {
  async makeDirectory(path) {
    await mkdir(path, { recursive: true, mode: OWNER_ONLY_DIRECTORY });
  },
  list: (directory) => readdir(directory),
  sizeOf: async (path) => (await stat(path)).size,
  open: (path, flags) => open(path, flags, OWNER_ONLY_FILE),
  rename,
  remove: unlink,
  syncDirectory: syncFolder,
};

/** Writes all bytes at a position, or throws: a short count is followed up until the disk says why. */
export async function writeAll(file: DiskFile, bytes: Uint8Array, position: number): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    const { bytesWritten } = await file.write(bytes, written, bytes.length - written, position + written);
    if (bytesWritten <= 0) throw new Error("the disk took no more bytes");
    written += bytesWritten;
  }
}

/** Reads a file's bytes from `position`, into a buffer that is large enough; shorter than asked where the file ends. */
export async function readUpTo(
  file: DiskFile,
  position: number,
  length: number,
  bytes: Buffer = Buffer.allocUnsafe(length),
): Promise<Buffer> {
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(bytes, filled, length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}
