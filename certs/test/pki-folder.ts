import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { onTestFinished } from "vitest";
import { initCa } from "../src/authority/authority.ts";

/** A new folder for one test, gone after it. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "smp-certs-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A PKI folder with a new CA. */
export async function temporaryPki(options: { passphrase?: string; now?: Date } = {}): Promise<string> {
  const dir = join(await temporaryFolder(), "pki");
  await initCa({ dir, ...options });
  return dir;
}

export interface Output {
  readonly exitCode: number;
  readonly text: string;
}

/** Runs a foreign program to its end; both of its outputs in one text. */
export async function runProgram(program: string, ...args: string[]): Promise<Output> {
  return promisify(execFile)(program, args, { timeout: 60_000 }).then(
    ({ stdout, stderr }) => ({ exitCode: 0, text: stdout + stderr }),
    (error: Error & { code?: number | string; stdout?: string; stderr?: string }) => {
      if (typeof error.code === "string") throw error;
      return { exitCode: error.code ?? -1, text: `${error.stdout ?? ""}${error.stderr ?? ""}` };
    },
  );
}

export const openssl = (...args: string[]): Promise<Output> => runProgram("openssl", ...args);

const DAY_MS = 86_400_000;
export const daysFromNow = (days: number): Date => new Date(Date.now() + days * DAY_MS);

/** A key that openssl makes, in a file of its own. */
export async function newKey(
  command: readonly string[] = ["ecparam", "-name", "prime256v1", "-genkey", "-noout"],
): Promise<string> {
  const file = join(await temporaryFolder(), "device.key");
  const [program = "", ...rest] = command;
  const { exitCode, text } = await openssl(program, "-out", file, ...rest);
  if (exitCode !== 0) throw new Error(text);
  return file;
}

/** A certificate signing request that openssl makes. */
export async function newRequest(
  commonName: string,
  options: { key?: string; san?: string; extensions?: string[]; digest?: string } = {},
): Promise<{ key: string; request: string }> {
  const key = options.key ?? (await newKey());
  const request = `${key}.csr`;
  const extensions = [
    ...(options.san === undefined ? [] : [`subjectAltName=${options.san}`]),
    ...(options.extensions ?? []),
  ].flatMap((extension) => ["-addext", extension]);
  const digest = options.digest === undefined ? [] : [options.digest];
  const { exitCode, text } = await openssl(
    "req",
    "-new",
    "-key",
    key,
    "-subj",
    commonName === "" ? "/" : `/CN=${commonName}`,
    "-out",
    request,
    ...extensions,
    ...digest,
  );
  if (exitCode !== 0) throw new Error(text);
  return { key, request };
}
