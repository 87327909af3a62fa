import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

/** Puts a file in the place of another in one step; a reader sees the one or the other, whole. */
export async function replaceFile(path: string, content: string, mode: number): Promise<void> {
  const staged = `${path}.new`;
  await rm(staged, { force: true });
  await writeNewFile(staged, content, mode);
  await rename(staged, path);
  await syncFolder(dirname(path));
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
