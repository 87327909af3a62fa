import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** Writes the files that a page of docs/extend shows (fences with `file=...`) into a folder, as its reader would. */
export async function writePageFiles(page: string, folder: string): Promise<Map<string, string>> {
  const text = await readFile(page, "utf8");
  const files = new Map<string, string>();
  for (const [, file = "", content = ""] of text.matchAll(/^```\w+ file=(\S+)\n([\s\S]*?)^```$/gm))
    files.set(file, content);
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
