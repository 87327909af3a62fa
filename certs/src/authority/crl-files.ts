import { X509Certificate } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { replaceFile } from "@smp/disk";
import { DAY_MS } from "@smp/schemas";
import { openAuthority } from "./authority.ts";
import type { Issuer } from "../x509/certificate.ts";
import { createCrl } from "../x509/crl.ts";
import { exists, makePrivateFolder, PUBLIC_FILE_MODE } from "../folder/files.ts";
import { withLock } from "../folder/lock.ts";
import { pkiPaths, type PkiPaths } from "../folder/paths.ts";
import type { Passphrase } from "../x509/private-key.ts";
import { AUTHORITIES, LEAVES, type Authority } from "../profile.ts";
import { readRegistry, stateOf, type RegisteredCertificate } from "../folder/registry.ts";
import { readOne, readParts } from "../x509/tlv.ts";

export interface ExportCrlOptions {
  /** The PKI folder. */
  readonly dir: string;
  readonly authorities: readonly Authority[];
  readonly passphrase?: Passphrase | undefined;
  /** The folder of the root, if it is kept elsewhere. */
  readonly offline?: string;
  /** The device authority, where a process has it open. */
  readonly openIssuer?: () => Promise<Issuer>;
  readonly now?: Date;
}

export interface CrlFile {
  readonly authority: Authority;
  readonly file: string;
  readonly number: number;
  readonly thisUpdate: string;
  readonly nextUpdate: string;
  /** How many certificates it revokes. */
  readonly revoked: number;
}

/**
 * Writes revocation lists for brokers that do not read the registry, into `crl/`, and beside them `all.crl`, which holds
 * the newest of every authority: OpenSSL asks for the list of each certificate in a chain.
 */
export async function exportCrls(options: ExportCrlOptions): Promise<CrlFile[]> {
  const { dir, authorities, now = new Date() } = options;
  const paths = pkiPaths(dir);
  // Asked before the lock, which could not be made in a folder that is not there.
  await readRegistry(paths.registry);
  return withLock(paths.lock, async () => {
    // Read under it: a list must not leave out what was revoked while it waited, and take the place of one that has it.
    const registered = await readRegistry(paths.registry);
    await makePrivateFolder(paths.crls);
    const files: CrlFile[] = [];
    for (const authority of authorities)
      for (const issuer of await issuersOf(paths, authority, options))
        files.push(await exportOne(paths, authority, issuer, registered, now));
    const names = (await readdir(paths.crls)).filter((name) => name.endsWith(".crl") && name !== "all.crl");
    const all = await Promise.all(names.sort().map((name) => readFile(join(paths.crls, name), "utf8")));
    await replaceFile(join(paths.crls, "all.crl"), all.join(""), PUBLIC_FILE_MODE);
    return files;
  });
}

/** The authority, and those before it of the same name whose certificates may still be in use. */
async function issuersOf(
  paths: PkiPaths,
  authority: Authority,
  { passphrase, offline, openIssuer, now = new Date() }: ExportCrlOptions,
): Promise<Issuer[]> {
  const current =
    authority === "issuing-device" && openIssuer
      ? await openIssuer()
      : await openAuthority(paths, authority, passphrase, authority === "root" ? offline : undefined);
  const { former } = paths.authority(authority);
  const folders = (await exists(former)) ? await readdir(former) : [];
  const issuers = await Promise.all(
    folders.map((name) => openAuthority(paths, authority, passphrase, join(former, name))),
  );
  return [current, ...issuers.filter(({ certificate }) => Date.parse(certificate.validTo) > now.getTime())];
}

async function exportOne(
  paths: PkiPaths,
  authority: Authority,
  issuer: Issuer,
  registered: readonly RegisteredCertificate[],
  now: Date,
): Promise<CrlFile> {
  const file = join(paths.crls, `${await nameOf(paths, authority, issuer.certificate)}.crl`);
  const former = await readCrl(file);
  // Serial numbers are random: that of another authority's certificate in the list hurts nobody.
  const revoked = registered.filter(
    (one) =>
      LEAVES[one.role].issuer === authority &&
      stateOf(one, now) === "revoked" &&
      Date.parse(one.notAfter) > now.getTime(),
  );
  const thisUpdate = new Date(Math.floor(now.getTime() / 1_000) * 1_000);
  const nextUpdate = new Date(thisUpdate.getTime() + AUTHORITIES[authority].crlDays * DAY_MS);
  const number = (former?.number ?? 0) + 1;
  await replaceFile(file, createCrl(revoked, { number, thisUpdate, nextUpdate }, issuer), PUBLIC_FILE_MODE);
  return {
    authority,
    file,
    number,
    thisUpdate: thisUpdate.toISOString(),
    nextUpdate: nextUpdate.toISOString(),
    revoked: revoked.length,
  };
}

async function nameOf(paths: PkiPaths, authority: Authority, x509: X509Certificate): Promise<string> {
  if (authority === "root") return authority;
  const current = new X509Certificate(await readFile(paths.authority(authority).cert));
  return x509.serialNumber === current.serialNumber ? authority : `${authority}.${x509.serialNumber}`;
}

/** The number of a list, and until when it counts; nothing if it is missing or is none. */
export async function readCrl(path: string): Promise<{ number: number; nextUpdate: Date } | undefined> {
  const pem = await readFile(path, "utf8").catch(() => "");
  try {
    const der = Buffer.from(pem.replaceAll(/-----[A-Z0-9 ]+-----/g, ""), "base64");
    const [list] = readParts(readOne(der), 0x30);
    const parts = readParts(list, 0x30);
    const extensions = readParts(readParts(parts.at(-1), 0xa0)[0], 0x30);
    const [, value] = readParts(extensions.at(-1), 0x30);
    const { content: number } = readOne(value?.content ?? Buffer.alloc(0));
    const text = parts[4]?.content.toString("latin1") ?? "";
    const full = parts[4]?.tag === 0x17 ? `20${text}` : text;
    const [year, month, day, hour, minute, second] = full.match(/^\d{4}|\d\d/g)?.map(Number) ?? [];
    return {
      number: number.readUIntBE(0, number.length),
      nextUpdate: new Date(Date.UTC(year!, month! - 1, day, hour, minute, second)),
    };
  } catch {
    return undefined;
  }
}
