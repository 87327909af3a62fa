import { randomBytes, X509Certificate } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { PlatformError } from "@smp/schemas";
import { createCertificate, type Signer } from "./certificate.ts";
import {
  exists,
  makePrivateFolder,
  PRIVATE_FILE_MODE,
  PUBLIC_FILE_MODE,
  syncFolder,
  writeFolder,
  writeNewFile,
} from "./files.ts";
import { pkiPaths, type PkiPaths } from "./paths.ts";
import { createKeyPair, privateKeyPem, readPrivateKey } from "./private-key.ts";
import { AUTHORITIES, type Authority } from "./profile.ts";
import { validity } from "./validity.ts";

export interface InitCaOptions {
  /** The PKI folder; made if it is missing. */
  readonly dir: string;
  /** Encrypts the three CA keys; without it they lie in plain files of mode 0600. */
  readonly passphrase?: string;
  readonly now?: Date;
}

export interface InitCaResult {
  readonly status: "created" | "exists";
  readonly paths: PkiPaths;
}

/** Makes the root CA and the two issuing CAs. All or nothing: the folder is prepared under another name and renamed. */
export async function initCa(options: InitCaOptions): Promise<InitCaResult> {
  const paths = pkiPaths(options.dir);
  if (await exists(paths.ca)) return { status: "exists", paths };
  if ((await readdir(paths.dir).catch(() => [])).length > 0)
    throw new PlatformError(
      "ca-incomplete",
      `${paths.dir} is not empty, but has no ca.crt: choose another folder, or restore this one from a backup`,
    );
  await mkdir(dirname(paths.dir), { recursive: true });
  const staged = pkiPaths(`${paths.dir}.${randomBytes(6).toString("hex")}`);
  try {
    await writeAuthorities(staged, options);
    await rename(staged.dir, paths.dir);
    await syncFolder(dirname(paths.dir));
    return { status: "created", paths };
  } catch (error) {
    // Another process was faster: its folder is not empty, so that ours cannot take its place.
    if (await exists(paths.ca)) return { status: "exists", paths };
    throw error;
  } finally {
    await rm(staged.dir, { recursive: true, force: true });
  }
}

async function writeAuthorities(
  paths: PkiPaths,
  { passphrase, now = new Date() }: InitCaOptions,
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
    await writeFolder(paths.authority(authority).folder, [
      { name: "ca.crt", content: certificate, mode: PUBLIC_FILE_MODE },
      { name: "ca.key", content: await privateKeyPem(privateKey, passphrase), mode: PRIVATE_FILE_MODE },
    ]);
    if (authority === "root") await writeNewFile(paths.ca, certificate, PUBLIC_FILE_MODE);
  }
  await writeNewFile(paths.registry, "", PRIVATE_FILE_MODE);
  await syncFolder(paths.dir);
}

/** An authority's certificate, to show. */
export async function readAuthority(paths: PkiPaths, authority: Authority): Promise<X509Certificate> {
  // The folder of the root may be on a memory stick in a safe.
  const path = authority === "root" ? paths.ca : paths.authority(authority).cert;
  const pem = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new PlatformError(
      "ca-missing",
      `${path} is not here: run smp ca init first, or name the right folder with --data DIR`,
      { cause },
    );
  });
  return new X509Certificate(pem);
}

export interface Issuer extends Signer {
  readonly certificate: X509Certificate;
}

/** Opens an authority for signing; the root key is needed only by `initCa`, and may be kept offline after it. */
export async function openAuthority(
  paths: PkiPaths,
  authority: Authority,
  passphrase: string | undefined,
): Promise<Issuer> {
  const certificate = await readAuthority(paths, authority);
  const { key } = paths.authority(authority);
  const privateKey = await readPrivateKey(key, passphrase);
  if (!certificate.checkPrivateKey(privateKey))
    throw new PlatformError(
      "key-mismatch",
      `${key} is not the key of the certificate beside it: restore both from a backup`,
    );
  return { certificate, privateKey };
}
