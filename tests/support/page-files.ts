import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { blocksOf } from "./page-blocks.ts";

/** Writes the files that a page of docs/extend shows (fences with `file=...`) into a folder, as its reader would. */
export async function writePageFiles(page: string, folder: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const { info, code } of blocksOf(page)) {
    const file = /^\w+ file=(\S+)$/.exec(info)?.[1];
    if (file !== undefined) files.set(file, code);
  }
  for (const [file, content] of files) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), content);
  }
  return files;
}

/** The three pages, and the folders that their readers make. */
export const PAGES = {
  input: { page: "docs/extend/input.md", folder: "acme" },
  processor: { page: "docs/extend/processor.md", folder: "overvoltage" },
  output: { page: "docs/extend/output.md", folder: "display" },
} as const;
