import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { isIP } from "node:net";
import { DAY_MS } from "@smp/schemas";
import { initCa, readAuthority } from "./authority/authority.ts";
import { renewCa, type IssuingAuthority } from "./authority/renewal.ts";
import {
  addConsumer,
  addDevice,
  addService,
  isHostname,
  type AddOptions,
  type Bundle,
} from "./leaf/issue.ts";
import type { BundleFiles, PkiPaths } from "./folder/paths.ts";
import { LEAF_DAYS_MAX, type Role } from "./profile.ts";
import { newestOf, readRegistry, stateOf, type RegisteredCertificate } from "./folder/registry.ts";
import { isDueForRenewal } from "./x509/validity.ts";

/** The broker's name in `services/`. */
const BROKER = "broker";
const LOCAL_NAMES = ["localhost", "127.0.0.1", "::1"];

export interface DevelopmentPkiOptions {
  /** The PKI folder; made if it is missing. */
  readonly dir: string;
  /** Further names and addresses of this machine, beside localhost; what no certificate can carry is left out. */
  readonly hostnames: readonly string[];
  readonly devices: readonly string[];
  readonly consumers: readonly string[];
  readonly now?: Date;
}

export interface DevelopmentPki {
  /** The root certificate. */
  readonly ca: string;
  /** The list of certificates that count, for the broker. */
  readonly registry: string;
  readonly broker: BundleFiles;
  readonly devices: Readonly<Record<string, BundleFiles>>;
  readonly consumers: Readonly<Record<string, BundleFiles>>;
  /** What was made or renewed, in sentences for the log. */
  readonly notices: readonly string[];
}

/**
 * Sees to it that a development CA and all certificates named are there and live on; cheap when they are.
 * A certificate is replaced when less than a third of its life is left, and the broker's when a name is missing in it.
 * An issuing CA is renewed in its last 397 days, if the root's key is at hand. A revoked certificate is not replaced, which is told.
 */
export async function ensureDevelopmentPki(options: DevelopmentPkiOptions): Promise<DevelopmentPki> {
  const { dir, now = new Date() } = options;
  const notices: string[] = [];
  const { status, paths } = await initCa({ dir, now });
  if (status === "created")
    notices.push(
      `Made a development CA in ${paths.dir}. Its keys are not encrypted: for real use, run smp ca init with --passphrase-file.`,
    );
  for (const authority of ["issuing-device", "issuing-service"] as const)
    notices.push(...(await keepAuthority(paths, authority, now)));
  const registered = await readRegistry(paths.registry);
  const hostnames = [...new Set([...LOCAL_NAMES, ...options.hostnames.filter(isHostname)])];

  async function ensure(
    role: Role,
    id: string,
    issue: (options: AddOptions) => Promise<Bundle>,
  ): Promise<BundleFiles> {
    const { files } = paths.bundle(role, id);
    const former = newestOf(registered, role).find((certificate) => certificate.id === id);
    // Whoever revokes these means it; the platform itself must come up all the same.
    if (former?.revokedAt !== undefined && role !== "service") {
      notices.push(
        `The certificate of ${role} ${id} was revoked and stays so: smp ${role} add ${id} --force gives it a new one.`,
      );
      return files;
    }
    if (former && (await isUsable(files, former, role === "service" ? hostnames : [], now))) return files;
    const force = former !== undefined && former.revokedAt === undefined;
    await issue({ dir, id, now, force });
    notices.push(`${former ? "Renewed" : "Issued"} the certificate of ${role} ${id}.`);
    return files;
  }

  const all = async (
    role: Role,
    ids: readonly string[],
    issue: typeof addDevice,
  ): Promise<Record<string, BundleFiles>> => {
    const bundles: Record<string, BundleFiles> = {};
    for (const id of ids) bundles[id] = await ensure(role, id, issue);
    return bundles;
  };
  return {
    ca: paths.ca,
    registry: paths.registry,
    broker: await ensure("service", BROKER, (add) => addService({ ...add, hostnames })),
    devices: await all("device", options.devices, addDevice),
    consumers: await all("consumer", options.consumers, addConsumer),
    notices,
  };
}

/** No certificate outlives its CA: one that ends with it unseen would take every device's connection with it. */
async function keepAuthority(
  paths: PkiPaths,
  authority: IssuingAuthority,
  now: Date,
): Promise<readonly string[]> {
  const end = new Date((await readAuthority(paths, authority)).validTo);
  if (end.getTime() - now.getTime() > LEAF_DAYS_MAX * DAY_MS) return [];
  const which = authority.replace("issuing-", "");
  const key = await readFile(paths.authority("root").key, "utf8").catch(() => "");
  if (key === "" || key.includes("ENCRYPTED"))
    return [
      `The CA for ${which}s ends on ${end.toISOString().slice(0, 10)}, and no certificate outlives it: run smp ca renew ${which} with the root.`,
    ];
  await renewCa({ dir: paths.dir, authority, now });
  return [
    `Renewed the CA for ${which}s, which would have ended on ${end.toISOString().slice(0, 10)}; enrolment takes it from the next start on.`,
  ];
}

/** Whether the files are those of the registered certificate, and good for some time and for all names. */
async function isUsable(
  files: BundleFiles,
  registered: RegisteredCertificate,
  hostnames: readonly string[],
  now: Date,
): Promise<boolean> {
  const x509 = await readPair(files).catch(() => undefined);
  if (!x509 || stateOf(registered, now) !== "active") return false;
  const validity = { notBefore: new Date(x509.validFrom), notAfter: new Date(x509.validTo) };
  return (
    x509.serialNumber.toUpperCase() === registered.serial &&
    !isDueForRenewal(validity, now) &&
    hostnames.every((name) => carries(x509, name))
  );
}

/** The certificate of a bundle whose files are all there and belong together. */
async function readPair({ ca, cert, key }: BundleFiles): Promise<X509Certificate | undefined> {
  await readFile(ca);
  const x509 = new X509Certificate(await readFile(cert));
  return x509.checkPrivateKey(createPrivateKey(await readFile(key))) ? x509 : undefined;
}

function carries(x509: X509Certificate, hostname: string): boolean {
  if (isIP(hostname) !== 0) return x509.checkIP(hostname) !== undefined;
  // A wildcard is no name to look up; any name below it is.
  return x509.checkHost(hostname.replace(/^\*\./, "any.")) !== undefined;
}
