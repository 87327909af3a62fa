import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { PlatformError } from "@smp/schemas";
import { unreadable } from "./options.ts";

/**
 * The passphrase of the CA keys: the first line of a file, of a file descriptor (`/dev/fd/3`) or of standard input (`-`), else
 * what is typed at a terminal. Never an argument or a variable, because others can see those.
 */
export function passphraseFrom(file: string | undefined): () => Promise<string | undefined> {
  // Read at once, also for keys that are not encrypted: a wrong name should not go unnoticed.
  const given = file === undefined ? undefined : fromFile(file);
  let asked: Promise<string | undefined> | undefined;
  return async () => given ?? (asked ??= askAtTerminal("Passphrase of the CA keys: "));
}

/** A new passphrase; nothing if there is nobody to ask, or if nothing was typed. */
export async function newPassphrase(file: string | undefined): Promise<string | undefined> {
  if (file !== undefined) return fromFile(file);
  const first = await askAtTerminal("New passphrase for the CA keys (empty: keys are not encrypted): ");
  if (first === undefined || first === "") return undefined;
  if ((await askAtTerminal("Once more: ")) === first) return first;
  throw new PlatformError("config", "the two passphrases differ: nothing was made, try again");
}

function fromFile(file: string): string {
  const [passphrase = ""] = textOf(file).split(/\r?\n/, 1);
  if (passphrase === "")
    throw new PlatformError(
      "config",
      `the first line of ${file === "-" ? "standard input" : file} is empty: write the passphrase there`,
    );
  return passphrase;
}

function textOf(file: string): string {
  try {
    return readFileSync(file === "-" ? 0 : file, "utf8");
  } catch (error) {
    throw unreadable("--passphrase-file", file, error);
  }
}

/** Shows nothing of what is typed. */
async function askAtTerminal(question: string): Promise<string | undefined> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined;
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true });
  process.stderr.write(question);
  try {
    return await new Promise((resolve, reject) => {
      lines.once("SIGINT", () => {
        process.stderr.write("\n");
        reject(new PlatformError("interrupted", "interrupted: nothing was changed"));
      });
      lines.question("", resolve);
    });
  } finally {
    lines.close();
    process.stderr.write("\n");
  }
}
