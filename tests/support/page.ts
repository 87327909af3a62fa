import { readFileSync } from "node:fs";

/** The code blocks of a page in a language, in order; `label` picks those whose fence says it, as in ```sh test. */
export function codeBlocks(page: string, language: string, label = ""): string[] {
  const text = readFileSync(new URL(`../../${page}`, import.meta.url), "utf8");
  return [...text.matchAll(/^( *)```([^\n]*)\n([\s\S]*?)^ *```$/gm)]
    .filter(([, , fence = ""]) => fence === [language, label].filter(Boolean).join(" "))
    .map(([, indent = "", , code = ""]) => code.replaceAll(new RegExp(`^${indent}`, "gm"), ""));
}
