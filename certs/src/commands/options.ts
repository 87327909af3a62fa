import { join } from "node:path";
import { PlatformError, refusalOf } from "@smp/schemas";
import { InvalidArgumentError, Option, type Command } from "commander";

export interface DataOptions {
  data: string;
}
export interface JsonOptions extends DataOptions {
  json?: true;
}
export interface PassphraseOptions {
  passphraseFile?: string;
}

export const pkiFolder = ({ data }: DataOptions): string => join(data, "pki");

export const withData = (command: Command): Command =>
  command.addOption(new Option("--data <dir>", "the data folder").env("SMP_DATA_DIR").default("./data"));

export const withJson = (command: Command): Command =>
  withData(command).option("--json", "print JSON, one object a line");

export const passphraseOption = (what: string): Option =>
  new Option(
    "--passphrase-file <file>",
    `${what} with the first line of a file, of a descriptor (/dev/fd/3) or of standard input (-); else it is asked for`,
  ).env("SMP_CA_PASSPHRASE_FILE");

export const offlineOption = (what: string): Option => new Option("--offline <dir>", what);

export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max)
      throw new InvalidArgumentError(`Write a whole number from ${min} to ${max}.`);
    return value;
  };
}

/** A file that an option names, and that cannot be read. */
export const unreadable = (option: string, file: string, cause: unknown): PlatformError =>
  new PlatformError("file", `${option} ${file} cannot be read: ${refusalOf(cause)}`, { cause });

/** The system's refusals (no permission, no space) are for people to mend, and need no stack. */
export async function run(action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    const { syscall, message } = error as NodeJS.ErrnoException;
    throw syscall === undefined
      ? error
      : new PlatformError("file", `the system refuses: ${message}`, { cause: error });
  }
}
