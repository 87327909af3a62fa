import { readFile } from "node:fs/promises";
import { readAuthority } from "./authority.ts";
import { pkiPaths, type BundleFiles } from "./paths.ts";
import { AUTHORITIES, type Authority, type Role } from "./profile.ts";
import { readRegistry, stateOf, type CertificateState, type RegisteredCertificate } from "./registry.ts";

export interface AuthorityView {
  readonly authority: Authority;
  readonly commonName: string;
  readonly notAfter: string;
  /** SHA-256 of the certificate, as browsers and openssl show it. */
  readonly fingerprint: string;
  /** `absent`: kept elsewhere, or lost. */
  readonly key: "encrypted" | "plain" | "absent";
}

export interface CaView {
  readonly dir: string;
  readonly authorities: readonly AuthorityView[];
  readonly certificates: Readonly<Record<CertificateState, number>>;
}

/** What there is to know of a PKI folder's authorities, and how many certificates they have issued. */
export async function describeCa(dir: string, now: Date = new Date()): Promise<CaView> {
  const paths = pkiPaths(dir);
  const authorities: AuthorityView[] = [];
  for (const [authority, { commonName }] of Object.entries(AUTHORITIES) as [
    Authority,
    { commonName: string },
  ][]) {
    const x509 = await readAuthority(paths, authority);
    const key = await readFile(paths.authority(authority).key, "utf8").then(
      (pem) => (pem.includes("ENCRYPTED") ? "encrypted" : "plain"),
      () => "absent" as const,
    );
    authorities.push({
      authority,
      commonName,
      notAfter: new Date(x509.validTo).toISOString(),
      fingerprint: x509.fingerprint256,
      key,
    });
  }
  const certificates = { active: 0, expired: 0, revoked: 0 };
  for (const certificate of await readRegistry(paths.registry)) certificates[stateOf(certificate, now)] += 1;
  return { dir: paths.dir, authorities, certificates };
}

export interface CertificateView extends RegisteredCertificate {
  readonly state: CertificateState;
}

export const describeCertificate = (
  certificate: RegisteredCertificate,
  now: Date = new Date(),
): CertificateView => ({
  state: stateOf(certificate, now),
  ...certificate,
});

/** The command that shows that a new certificate works. */
export function testCommand(role: Role, id: string, files: BundleFiles, host: string, port: number): string {
  if (role === "service")
    return `openssl verify -x509_strict -purpose sslserver -CAfile ${quote(files.ca)} -untrusted ${quote(files.cert)} ${quote(files.cert)}`;
  const connection = `-h ${quote(host)} -p ${port} --cafile ${quote(files.ca)} --cert ${quote(files.cert)} --key ${quote(files.key)} -i ${id} -q 1`;
  return role === "device"
    ? `mosquitto_pub ${connection} -t sm/v1/${id}/reading -m '{"v":1,"r":{"1-0:16.7.0":413}}'`
    : `mosquitto_sub ${connection} -v -t 'live/v1/#'`;
}

/** A word for a POSIX shell. */
const quote = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;

/** Rows as columns of equal width, without trailing blanks. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
