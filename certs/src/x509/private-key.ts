import {
  createCipheriv,
  createPrivateKey,
  generateKeyPair,
  pbkdf2,
  randomBytes,
  type KeyObject,
} from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { promisify } from "node:util";
import { PlatformError } from "@smp/schemas";
import { encode, integer, nothing, objectId, octets, sequence, toPem } from "./der.ts";

/** OWASP's figure for PBKDF2-HMAC-SHA256. Node's own `export({ cipher })` uses 2,048 rounds, so we write PBES2 ourselves. */
const PBKDF2_ROUNDS = 600_000;
const PBES2 = "1.2.840.113549.1.5.13";
const PBKDF2 = "1.2.840.113549.1.5.12";
const HMAC_WITH_SHA256 = "1.2.840.113549.2.9";
const AES_256_CBC = "2.16.840.1.101.3.4.1.42";

export interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

/** A new key on the curve P-256, which every TLS library of small devices knows. */
export const createKeyPair = async (): Promise<KeyPair> =>
  promisify(generateKeyPair)("ec", { namedCurve: "prime256v1" });

/** A private key as PKCS#8 PEM; with a passphrase as EncryptedPrivateKeyInfo (RFC 8018, PBES2). */
export async function privateKeyPem(key: KeyObject, passphrase?: string): Promise<string> {
  const plain = key.export({ type: "pkcs8", format: "der" });
  if (passphrase === undefined) return toPem("PRIVATE KEY", plain);
  const salt = randomBytes(16);
  const iv = randomBytes(16);
  const cipher = createCipheriv(
    "aes-256-cbc",
    await promisify(pbkdf2)(passphrase, salt, PBKDF2_ROUNDS, 32, "sha256"),
    iv,
  );
  const encrypted = Buffer.concat([cipher.update(plain), cipher.final()]);
  const derivation = sequence(
    octets(salt),
    integer(PBKDF2_ROUNDS),
    sequence(objectId(HMAC_WITH_SHA256), nothing()),
  );
  const scheme = sequence(
    sequence(objectId(PBKDF2), derivation),
    sequence(objectId(AES_256_CBC), octets(iv)),
  );
  return toPem(
    "ENCRYPTED PRIVATE KEY",
    encode(sequence(sequence(objectId(PBES2), scheme), octets(encrypted))),
  );
}

/** A passphrase, or how to ask for it, which is done only for a key that is encrypted. */
export type Passphrase = string | (() => Promise<string | undefined>) | undefined;

export const secretOf = async (passphrase: Passphrase): Promise<string | undefined> =>
  typeof passphrase === "function" ? passphrase() : passphrase;

/** Reads a private key from a file that nobody but its owner may open. */
export async function readPrivateKey(path: string, source?: Passphrase): Promise<KeyObject> {
  const pem = await readPrivateFile(path);
  if (!pem.includes("ENCRYPTED")) return createPrivateKey(pem);
  const passphrase = await secretOf(source);
  if (passphrase === undefined)
    throw new PlatformError(
      "passphrase-missing",
      `${path} is encrypted: give its passphrase with --passphrase-file FILE`,
    );
  try {
    return createPrivateKey({ key: pem, passphrase });
  } catch (cause) {
    throw new PlatformError("passphrase-wrong", `${path} does not open with this passphrase`, { cause });
  }
}

async function readPrivateFile(path: string): Promise<string> {
  const { mode } = await stat(path).catch((cause: unknown) => {
    throw new PlatformError(
      "key-missing",
      `${path} is not here: if it is kept offline, bring it back for this step`,
      { cause },
    );
  });
  if (process.platform !== "win32" && (mode & 0o077) !== 0)
    throw new PlatformError(
      "key-exposed",
      `${path} can be read by others (mode ${(mode & 0o777).toString(8)}): run chmod 600 on it`,
    );
  return readFile(path, "utf8");
}
