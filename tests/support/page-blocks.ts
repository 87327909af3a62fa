import { readFileSync } from "node:fs";

export interface Block {
  /** What stands behind the fence's three ticks. */
  info: string;
  code: string;
}

/** Every fenced block of a page, in order, without the indentation of its list. */
export function blocksOf(page: string): Block[] {
  const text = readFileSync(new URL(`../../${page}`, import.meta.url), "utf8");
  return [...text.matchAll(/^( *)```([^\n]*)\n([\s\S]*?)^ *```$/gm)].map(
    ([, indent = "", info = "", code = ""]) => ({
      info,
      code: code.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
    }),
  );
}

/** The code of the blocks whose fence says exactly this, as in ```sh test. */
export const codeBlocks = (page: string, info: string): string[] =>
  blocksOf(page)
    .filter((block) => block.info === info)
    .map(({ code }) => code);
