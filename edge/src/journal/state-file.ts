import { join } from "node:path";
import { crc32 } from "node:zlib";
import { readUpTo, writeAll, type DiskFiles } from "@smp/disk";
import type { Range } from "./range-set.ts";

/** What the journal remembers beside its records. Losing it costs only time: acknowledged readings are sent once more. */
export interface JournalState {
  /** Acknowledged, or known not to be there. */
  done: readonly Range[];
  /** No sequence number below it is ever given again. */
  next: number;
  clockMs: number;
}

const NAME = "state.json";
const BYTES_MAX = 1 << 20;
const checksum = (text: string): string => crc32(Buffer.from(text)).toString(16).padStart(8, "0");

/** The last state that was written whole; `undefined` when there is none, or it is damaged. */
export async function readState(files: DiskFiles, directory: string): Promise<JournalState | undefined> {
  if (!(await files.list(directory)).includes(NAME)) return undefined;
  const file = await files.open(join(directory, NAME), "r");
  try {
    const text = (await readUpTo(file, 0, BYTES_MAX)).toString();
    const [body = "", crc] = text.split("\n");
    return crc === checksum(body) ? (JSON.parse(body) as JournalState) : undefined;
  } finally {
    await file.close();
  }
}

/** Replaces the state as a whole: a crash leaves the old one or the new one. */
export async function writeState(files: DiskFiles, directory: string, state: JournalState): Promise<void> {
  const body = JSON.stringify(state);
  const temporary = join(directory, `${NAME}.new`);
  const file = await files.open(temporary, "w+");
  try {
    await writeAll(file, Buffer.from(`${body}\n${checksum(body)}\n`), 0);
    await file.datasync();
  } finally {
    await file.close();
  }
  await files.rename(temporary, join(directory, NAME));
  await files.syncDirectory(directory);
}
