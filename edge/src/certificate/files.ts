import { createPrivateKey, generateKeyPairSync, X509Certificate, type KeyObject } from "node:crypto";
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";

const PRIVATE = 0o600;
const PUBLIC = 0o644;
const [CERT, KEY] = ["client.crt", "client.key"] as const;
/** What waits to take the place of the files in use. */
const NEXT = ".new";

/**
 * The key for the next certificate: made here, on disk before anything is asked for with it, and the same again after an
 * interrupted attempt.
 */
export function nextKey(directory: string): KeyObject {
  const path = join(directory, KEY + NEXT);
  const left = existsSync(path) ? readKey(path) : undefined;
  if (left) return left;
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  write(path, privateKey.export({ type: "pkcs8", format: "pem" }).toString(), PRIVATE);
  return privateKey;
}

/** The next attempt makes another key. */
export function discardNextKey(directory: string): void {
  rmSync(join(directory, KEY + NEXT), { force: true });
}

/** Puts the next certificate, and its key, in the place of the present ones. */
export function takeOver(directory: string, certificates: string): void {
  write(join(directory, CERT + NEXT), certificates, PUBLIC);
  finishTakeOver(directory);
}

/**
 * Ends what a killed process left half done: key and certificate are two files, and cannot change places in one step. The
 * calls are synchronous, so that nobody else in this process reads between them.
 */
export function finishTakeOver(directory: string): void {
  const [cert, key] = [join(directory, CERT), join(directory, KEY)];
  if (!existsSync(cert + NEXT)) return;
  const next = readCertificate(cert + NEXT);
  const waiting = existsSync(key + NEXT) ? readKey(key + NEXT) : undefined;
  if (next && waiting && next.checkPrivateKey(waiting)) renameSync(key + NEXT, key);
  const present = existsSync(key) ? readKey(key) : undefined;
  if (next && present && next.checkPrivateKey(present)) renameSync(cert + NEXT, cert);
  else rmSync(cert + NEXT, { force: true });
  syncDirectory(directory);
}

/**
 * The certificate and the key that are to be shown. On a disk that became read-only what is left half done stays so: no reason to
 * show nobody a certificate, for of the files that are there two fit together.
 */
export function filesInUse(directory: string): { cert: string; key: string } {
  const [cert, key] = [join(directory, CERT), join(directory, KEY)];
  try {
    finishTakeOver(directory);
  } catch {
    const next = readCertificate(cert + NEXT);
    const present = existsSync(key) ? readKey(key) : undefined;
    if (next && present && next.checkPrivateKey(present)) return { cert: cert + NEXT, key };
  }
  return { cert, key };
}

export function writePublic(path: string, content: string): void {
  write(path, content, PUBLIC);
}

/** Whole or not at all, and on disk. The file is new each time: an old one would keep its wider mode. */
function write(path: string, content: string, mode: number): void {
  const staged = `${path}.writing`;
  rmSync(staged, { force: true });
  const file = openSync(staged, "wx", mode);
  try {
    // A full disk shows as a short count, not as an error.
    const bytes = Buffer.from(content);
    if (writeSync(file, bytes) !== bytes.length) throw new Error(`ENOSPC: no space for ${path}`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(staged, path);
}

function syncDirectory(directory: string): void {
  if (process.platform === "win32") return;
  const folder = openSync(directory, "r");
  fsyncSync(folder);
  closeSync(folder);
}

function readKey(path: string): KeyObject | undefined {
  try {
    return createPrivateKey(readFileSync(path));
  } catch {
    return undefined;
  }
}

function readCertificate(path: string): X509Certificate | undefined {
  try {
    return new X509Certificate(readFileSync(path));
  } catch {
    return undefined;
  }
}
