import { X509Certificate } from "node:crypto";
import { chmod, readdir, readFile, rename, rm, rmdir } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { syncFolder, writeNewFile } from "@smp/disk";
import { DAY_MS, PlatformError } from "@smp/schemas";
import { createCertificate, type Issuer, type Signer } from "../x509/certificate.ts";
import { createCrl } from "../x509/crl.ts";
import {
  exists,
  fillFolder,
  makePrivateFolder,
  PRIVATE_FILE_MODE,
  PRIVATE_FOLDER_MODE,
  PUBLIC_FILE_MODE,
  writeFolder,
} from "../folder/files.ts";
import { withLock } from "../folder/lock.ts";
import { pkiPaths, type PkiPaths } from "../folder/paths.ts";
import { createKeyPair, privateKeyPem, readPrivateKey, type Passphrase } from "../x509/private-key.ts";
import { AUTHORITIES, type Authority } from "../profile.ts";
import { validity } from "../x509/validity.ts";

export interface InitCaOptions {
  /** The PKI folder; made if it is missing. */
  readonly dir: string;
  /** Encrypts the three CA keys; without it they lie in plain files of mode 0600. */
  readonly passphrase?: string;
  /** A folder for the root outside of `dir`, such as on a memory stick; it must be empty, or not be there yet. */
  readonly offline?: string;
  readonly now?: Date;
}

export interface InitCaResult {
  readonly status: "created" | "exists";
  readonly paths: PkiPaths;
}

/** In the order in which they are put in place: the CA is there once its last part is. */
const PARTS = ["root", "issuing-device", "issuing-service", "crl", "index.jsonl", "ca.crt"] as const;

/**
 * Makes the root CA and the two issuing CAs, all or nothing. They are prepared in a folder inside and moved up, because
 * the PKI folder may be a mount point, which cannot be renamed.
 */
export async function initCa(options: InitCaOptions): Promise<InitCaResult> {
  const paths = pkiPaths(options.dir);
  if (await exists(paths.ca)) return { status: "exists", paths };
  await checkOffline(paths, options.offline);
  await makePrivateFolder(paths.dir);
  return withLock(paths.lock, async () => {
    if (await exists(paths.ca)) return { status: "exists", paths };
    const staged = pkiPaths(`${paths.dir}/.staged-ca`);
    await removeInterrupted(paths, staged);
    await chmod(paths.dir, PRIVATE_FOLDER_MODE);
    await writeAuthorities(staged, options);
    const parts = PARTS.filter((part) => part !== "root" || options.offline === undefined);
    for (const part of parts) await rename(`${staged.dir}/${part}`, `${paths.dir}/${part}`);
    await rmdir(staged.dir);
    await syncFolder(paths.dir);
    return { status: "created", paths };
  });
}

/** A folder without `ca.crt` is empty, or was left by a killed `initCa`, from which nothing can have been issued yet. */
async function removeInterrupted(paths: PkiPaths, staged: PkiPaths): Promise<void> {
  const lock = basename(paths.lock);
  const content = (await readdir(paths.dir)).filter((name) => !name.startsWith(lock));
  if (content.length === 0) return;
  const registry = await readFile(paths.registry, "utf8").catch(() => "");
  const known: readonly string[] = [...PARTS, basename(staged.dir)];
  if (!(await exists(staged.dir)) || registry !== "" || !content.every((name) => known.includes(name)))
    throw new PlatformError(
      "ca-incomplete",
      `${paths.dir} is not empty, but has no ca.crt: choose another folder, or restore this one from a backup`,
    );
  for (const name of [...PARTS, basename(staged.dir)])
    await rm(`${paths.dir}/${name}`, { recursive: true, force: true });
}

/** Nothing on the stick is touched, and the folder that others copy must not hold the root after all. */
async function checkOffline(paths: PkiPaths, offline: string | undefined): Promise<void> {
  if (offline === undefined) return;
  if (`${resolve(offline)}/`.startsWith(`${paths.dir}/`))
    throw new PlatformError("config", `${offline} is inside of ${paths.dir}: name a folder on another disk`);
  const content = await readdir(offline).catch(() => []);
  if (content.length > 0)
    throw new PlatformError(
      "config",
      `${offline} is not empty: name a new folder for the root, such as ${offline}/smp-root`,
    );
}

async function writeAuthorities(
  paths: PkiPaths,
  { passphrase, offline, now = new Date() }: InitCaOptions,
): Promise<void> {
  await makePrivateFolder(paths.dir);
  const signers = new Map<Authority, Signer>();
  for (const [authority, profile] of Object.entries(AUTHORITIES) as [
    Authority,
    (typeof AUTHORITIES)[Authority],
  ][]) {
    const { publicKey, privateKey } = await createKeyPair();
    const subject = { commonName: profile.commonName, publicKey, ...validity(now, profile.days) };
    const purpose = { kind: "authority", pathLength: profile.pathLength } as const;
    const certificate = createCertificate(subject, purpose, signers.get(profile.issuer) ?? { privateKey });
    signers.set(authority, { privateKey, certificate: new X509Certificate(certificate) });
    const files = [
      { name: "ca.crt", content: certificate, mode: PUBLIC_FILE_MODE },
      { name: "ca.key", content: await privateKeyPem(privateKey, passphrase), mode: PRIVATE_FILE_MODE },
    ];
    const isOffline = authority === "root" && offline !== undefined;
    await fillFolder(isOffline ? resolve(offline) : paths.authority(authority).folder, files);
  }
  const { certificate, privateKey } = signers.get("root")!;
  const root = { certificate: certificate!, privateKey };
  // Brokers that go by lists want the root's too, and the root's key is at hand now.
  const nextUpdate = new Date(now.getTime() + AUTHORITIES.root.crlDays * DAY_MS);
  const crl = createCrl([], { number: 1, thisUpdate: now, nextUpdate }, root);
  await writeFolder(paths.crls, [{ name: "root.crl", content: crl, mode: PUBLIC_FILE_MODE }]);
  await writeNewFile(paths.registry, "", PRIVATE_FILE_MODE);
  await writeNewFile(paths.ca, root.certificate.toString(), PUBLIC_FILE_MODE);
  await syncFolder(paths.dir);
}

/** An authority's certificate, to show. */
export async function readAuthority(paths: PkiPaths, authority: Authority): Promise<X509Certificate> {
  // The folder of the root may be on a memory stick in a safe.
  const path = authority === "root" ? paths.ca : paths.authority(authority).cert;
  const pem = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new PlatformError(
      "ca-missing",
      `${path} is not here: start the platform once (npm start), or run smp ca init; or name the right folder with --data DIR`,
      { cause },
    );
  });
  return new X509Certificate(pem);
}

/** Opens an authority for signing; the root is needed only for a new issuing CA and once a year for its own list. */
export async function openAuthority(
  paths: PkiPaths,
  authority: Authority,
  passphrase: Passphrase,
  /** Where its files are, if not in their place: on a memory stick, or with those that were replaced. */
  folder?: string,
): Promise<Issuer> {
  const certificate =
    folder === undefined
      ? await readAuthority(paths, authority)
      : new X509Certificate(await readFile(`${folder}/ca.crt`));
  const key = folder === undefined ? paths.authority(authority).key : `${folder}/ca.key`;
  const privateKey = await readPrivateKey(key, passphrase);
  if (!certificate.checkPrivateKey(privateKey))
    throw new PlatformError(
      "key-mismatch",
      `${key} is not the key of the certificate beside it: restore both from a backup`,
    );
  return { certificate, privateKey };
}
