import { constants } from "node:fs";
import { access, mkdir, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { syncFolder, writeNewFile } from "@smp/disk";

export const PUBLIC_FILE_MODE = 0o644;
export const PRIVATE_FILE_MODE = 0o600;
export const PRIVATE_FOLDER_MODE = 0o700;

export const exists = async (path: string): Promise<boolean> =>
  access(path, constants.F_OK).then(
    () => true,
    () => false,
  );

export interface NewFile {
  readonly name: string;
  readonly content: string;
  readonly mode: number;
}

/** Makes a private folder; one that is there is kept as it is. */
export async function makePrivateFolder(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await mkdir(path, { mode: PRIVATE_FOLDER_MODE }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
}

/** Writes a folder of new files and has the disk hold them; whatever was under this name before is gone. */
export async function writeFolder(path: string, files: readonly NewFile[]): Promise<void> {
  await rm(path, { recursive: true, force: true });
  await fillFolder(path, files);
}

/** Writes new files into a folder, which is made if it is missing. */
export async function fillFolder(path: string, files: readonly NewFile[]): Promise<void> {
  await makePrivateFolder(path);
  for (const { name, content, mode } of files) await writeNewFile(`${path}/${name}`, content, mode);
  await syncFolder(path);
}
