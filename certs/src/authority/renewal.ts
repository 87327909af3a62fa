import { X509Certificate } from "node:crypto";
import { cp, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { syncFolder, writeNewFile } from "@smp/disk";
import { openAuthority, readAuthority } from "./authority.ts";
import { createCertificate } from "../x509/certificate.ts";
import { exists, makePrivateFolder, PRIVATE_FILE_MODE, PUBLIC_FILE_MODE } from "../folder/files.ts";
import { withLock } from "../folder/lock.ts";
import { pkiPaths, type PkiPaths } from "../folder/paths.ts";
import { createKeyPair, privateKeyPem, secretOf, type Passphrase } from "../x509/private-key.ts";
import { AUTHORITIES, type Authority } from "../profile.ts";
import { validity } from "../x509/validity.ts";

export type IssuingAuthority = Exclude<Authority, "root">;

export interface RenewCaOptions {
  /** The PKI folder. */
  readonly dir: string;
  readonly authority: IssuingAuthority;
  /** The folder of the root, if it is kept elsewhere. */
  readonly offline?: string;
  /** Opens the root's key, and encrypts the new one. */
  readonly passphrase?: Passphrase;
  readonly now?: Date;
}

/**
 * Puts a new issuing CA, with a new key, in the place of one that ends soon or whose key is in wrong hands. What the
 * former issued goes on to count until it expires, because it carries the former's certificate with it.
 */
export async function renewCa(options: RenewCaOptions): Promise<X509Certificate> {
  const { dir, authority, offline, passphrase, now = new Date() } = options;
  const paths = pkiPaths(dir);
  await readAuthority(paths, "root");
  return withLock(paths.lock, async () => {
    const { folder, cert, former } = paths.authority(authority);
    const [staged, old] = [join(paths.dir, `.staged-${authority}`), join(paths.dir, `.old-${authority}`)];
    // A killed renewal: the new one was not yet in place, or the old one not yet gone.
    if (!(await exists(folder)) && (await exists(old))) await rename(old, folder);
    for (const left of [staged, old]) await rm(left, { recursive: true, force: true });

    const root = await openAuthority(paths, "root", passphrase, offline);
    const before = new X509Certificate(await readFile(cert));
    const wasEncrypted = (await readFile(paths.authority(authority).key, "utf8")).includes("ENCRYPTED");
    const { publicKey, privateKey } = await createKeyPair();
    const { commonName, days, pathLength } = AUTHORITIES[authority];
    const rootEnd = new Date(root.certificate.validTo);
    const pem = createCertificate(
      { commonName, publicKey, ...validity(now, days, rootEnd) },
      { kind: "authority", pathLength },
      root,
    );
    await makePrivateFolder(staged);
    const kept = join(staged, "former", before.serialNumber);
    await makePrivateFolder(join(staged, "former"));
    await makePrivateFolder(kept);
    if (await exists(former)) await cp(former, join(staged, "former"), { recursive: true });
    for (const name of ["ca.crt", "ca.key"]) await cp(join(folder, name), join(kept, name));
    const secret = wasEncrypted ? await secretOf(passphrase) : undefined;
    await writeNewFile(join(staged, "ca.key"), await privateKeyPem(privateKey, secret), PRIVATE_FILE_MODE);
    await writeNewFile(join(staged, "ca.crt"), pem, PUBLIC_FILE_MODE);
    await syncFolder(staged);
    await swap(paths, { folder, staged, old });
    return new X509Certificate(pem);
  });
}

async function swap(
  paths: PkiPaths,
  { folder, staged, old }: { folder: string; staged: string; old: string },
): Promise<void> {
  await rename(folder, old);
  await rename(staged, folder);
  await syncFolder(paths.dir);
  await rm(old, { recursive: true, force: true });
}
