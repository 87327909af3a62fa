import { readFile } from "node:fs/promises";
import { DAY_MS } from "@smp/schemas";
import { readAuthority } from "../authority/authority.ts";
import { readCrl } from "../authority/crl-files.ts";
import { SAMPLE_READING } from "../hardware/hardware.ts";
import { pkiPaths, type BundleFiles } from "../folder/paths.ts";
import { AUTHORITIES, LEAF_DAYS_MAX, type Authority, type Role } from "../profile.ts";
import {
  readRegistry,
  stateOf,
  type CertificateState,
  type RegisteredCertificate,
} from "../folder/registry.ts";

export interface AuthorityView {
  readonly authority: Authority;
  readonly commonName: string;
  readonly notAfter: string;
  /** SHA-256 of the certificate, as browsers and openssl show it. */
  readonly fingerprint: string;
  /** `absent`: kept elsewhere, or lost. */
  readonly key: "encrypted" | "plain" | "absent";
  /** Until when its revocation list counts; absent: there is none. */
  readonly crlUntil?: string;
}

export interface CaView {
  readonly dir: string;
  readonly authorities: readonly AuthorityView[];
  readonly certificates: Readonly<Record<CertificateState, number>>;
  /** What must be done soon, in sentences. */
  readonly warnings: readonly string[];
}

const WARNING_DAYS: Readonly<Record<Authority, { ca: number; crl: number }>> = {
  root: { ca: 2 * 365, crl: 30 },
  "issuing-device": { ca: LEAF_DAYS_MAX, crl: 2 },
  "issuing-service": { ca: LEAF_DAYS_MAX, crl: 2 },
};

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
    const crl = await readCrl(`${paths.crls}/${authority}.crl`);
    authorities.push({
      authority,
      commonName,
      notAfter: new Date(x509.validTo).toISOString(),
      fingerprint: x509.fingerprint256,
      key,
      ...(crl && { crlUntil: crl.nextUpdate.toISOString() }),
    });
  }
  const certificates = { active: 0, expired: 0, revoked: 0 };
  for (const certificate of await readRegistry(paths.registry)) certificates[stateOf(certificate, now)] += 1;
  const warnings = authorities.flatMap((view) => warningsOf(view, now));
  return { dir: paths.dir, authorities, certificates, warnings };
}

function warningsOf({ authority, notAfter, crlUntil }: AuthorityView, now: Date): string[] {
  const { ca, crl } = WARNING_DAYS[authority];
  const within = (time: string, days: number): boolean => Date.parse(time) - now.getTime() < days * DAY_MS;
  const which = authority.replace("issuing-", "");
  const mendCa =
    authority === "root" ? "set up a new PKI folder in time" : `run smp ca renew ${which} with the root`;
  const mendCrl = authority === "root" ? " --offline DIR" : "";
  return [
    ...(within(notAfter, ca)
      ? [`${authority} ends on ${notAfter.slice(0, 10)}, and no certificate outlives it: ${mendCa}.`]
      : []),
    ...(crlUntil !== undefined && within(crlUntil, crl)
      ? [
          `The list of ${authority} counts until ${crlUntil.slice(0, 10)}; brokers that use it then refuse everybody: run smp ca export-crl${mendCrl}.`,
        ]
      : []),
  ];
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
    ? `mosquitto_pub ${connection} -t sm/v1/${id}/reading -m '${SAMPLE_READING}'`
    : `mosquitto_sub ${connection} -v -t 'live/v1/#'`;
}

/** A word for a POSIX shell. */
export const quote = (word: string): string =>
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
