import { constants } from "node:fs";
import { access, mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

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

/** The file must be new ("wx"): writing over an old one would keep its wider mode. */
export async function writeNewFile(path: string, content: string, mode: number): Promise<void> {
  const file = await open(path, "wx", mode);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Has the disk hold a folder's entries; Windows cannot open a folder and needs no such step. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Puts a file in the place of another in one step; a reader sees the one or the other, whole. */
export async function replaceFile(path: string, content: string, mode: number): Promise<void> {
  const staged = `${path}.new`;
  await rm(staged, { force: true });
  await writeNewFile(staged, content, mode);
  await rename(staged, path);
  await syncFolder(dirname(path));
}
