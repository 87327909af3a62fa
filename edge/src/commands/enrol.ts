import { existsSync, readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { Command } from "commander";
import { DEVICE_ID, PlatformError, refusalOf } from "@smp/schemas";
import { discardNextKey, nextKey, takeOver, writePublic } from "../certificate/files.ts";
import { fetchRoot, requestCertificate } from "../certificate/est-client.ts";
import { readCredentials } from "../certificate/credentials.ts";

interface Flags {
  url: string;
  fingerprint?: string;
  ca?: string;
  codeFile?: string;
  certDir?: string;
  force?: true;
}

/** `smp enrol`: the device's side of `smp invite`. */
export function enrolCommand(): Command {
  return new Command("enrol")
    .description(
      "get this device's first certificate with a code from smp invite; the key is made and stays here",
    )
    .argument("<name>", "the device's name, for which the code was given")
    .requiredOption("--url <url>", "the enrolment server: https://HOST:8085")
    .option("--fingerprint <hex>", "SHA-256 fingerprint of the platform's root, as smp invite shows it")
    .option("--ca <file>", "the platform's ca.crt, in place of the fingerprint")
    .option("--code-file <file>", "file with the code, - for standard input; else it is asked for")
    .option("--cert-dir <dir>", "folder for ca.crt, client.crt and client.key (default: certificates/NAME)")
    .option("--force", "replace a certificate that is there")
    .action(async (name: string, flags: Flags) => runEnrol(name, flags));
}

async function runEnrol(name: string, flags: Flags): Promise<void> {
  const { url, certDir = join("certificates", name) } = flags;
  if (!DEVICE_ID.test(name))
    throw new PlatformError("config", `"${name}" is no device name: a-z, 0-9 and -, at most 40 characters`);
  if (!URL.canParse(url) || new URL(url).protocol !== "https:")
    throw new PlatformError("config", `--url "${url}" is no https://HOST:PORT`);
  if (existsSync(join(certDir, "client.crt")) && !flags.force) {
    const { device, expires } = await readCredentials(certDir);
    say(
      `${certDir} holds the certificate of ${device}, valid until ${day(expires)}; nothing was changed (--force replaces it).`,
    );
    return;
  }
  const ca = await trustedRoot(flags);
  const code = await readCode(flags.codeFile);
  await mkdir(certDir, { recursive: true, mode: 0o700 });
  // One that an earlier attempt left may be another device's, or a revoked one's: no server takes it again.
  discardNextKey(certDir);
  const privateKey = nextKey(certDir);
  const next = await requestCertificate({ url, ca, device: name, privateKey, credential: { name, code } });
  // Not before: a refused code must leave a certificate that works beside the CA that it works with.
  writePublic(join(certDir, "ca.crt"), ca);
  takeOver(certDir, next);
  const { expires } = await readCredentials(certDir);
  const host = new URL(url).hostname;
  say(
    `Enrolled as ${name}; the certificate is valid until ${day(expires)} and renews itself while the edge runs.`,
  );
  say(`  ${certDir}/ca.crt\n  ${certDir}/client.crt\n  ${certDir}/client.key  (secret)\nTest it:`);
  process.stdout.write(`npx smp doctor --cert-dir ${certDir} --url mqtts://${host}:8883\n`);
}

/** The root certificate, PEM: from a file, or from the server if it has the fingerprint that was told. */
async function trustedRoot({ url, ca, fingerprint }: Flags): Promise<string> {
  if (ca !== undefined) return readText(ca);
  if (fingerprint === undefined)
    throw new PlatformError(
      "config",
      "say whom to trust: --fingerprint, as smp invite shows it, or --ca with the platform's ca.crt",
    );
  if (fingerprint.replaceAll(/[^0-9a-f]/gi, "").length !== 64)
    throw new PlatformError("config", "--fingerprint must have 32 bytes in hex, such as AB:CD:…");
  return (await fetchRoot(url, fingerprint)).toString();
}

/** Never an argument: others on this machine can see those. */
async function readCode(file: string | undefined): Promise<string> {
  const isPiped = file === undefined && !process.stdin.isTTY;
  const text = file === undefined && !isPiped ? await ask() : readText(isPiped || file === "-" ? 0 : file!);
  const [code = ""] = text.trim().split(/\r?\n/, 1);
  if (code === "") throw new PlatformError("config", "there is no code: smp invite NAME gives one");
  return code;
}

async function ask(): Promise<string> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true });
  process.stderr.write("Code: ");
  try {
    return await new Promise((resolve, reject) => {
      lines.once("SIGINT", () =>
        reject(new PlatformError("interrupted", "interrupted: nothing was changed")),
      );
      lines.question("", resolve);
    });
  } finally {
    lines.close();
    process.stderr.write("\n");
  }
}

function readText(file: string | 0): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    const name = file === 0 ? "standard input" : file;
    throw new PlatformError("config", `${name} cannot be read: ${refusalOf(cause)}`, { cause });
  }
}

const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
const say = (text: string): void => void process.stderr.write(`${text}\n`);
