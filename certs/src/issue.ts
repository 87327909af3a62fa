import { X509Certificate, type KeyObject } from "node:crypto";
import { isIP } from "node:net";
import { DEVICE_ID, METER_ID, PlatformError } from "@smp/schemas";
import { openAuthority, readAuthority, type Issuer } from "./authority.ts";
import { finishInterrupted, putInPlace, stageBundle } from "./bundle.ts";
import { createCertificate, spkiSha256 } from "./certificate.ts";
import { withLock } from "./lock.ts";
import { pkiPaths, type BundleFiles } from "./paths.ts";
import { createKeyPair, privateKeyPem } from "./private-key.ts";
import { identityUri, LEAF_DAYS_MAX, LEAVES, type Role } from "./profile.ts";
import {
  appendEvents,
  newestOf,
  readRegistry,
  revocationOf,
  stateOf,
  type RegisteredCertificate,
} from "./registry.ts";
import { validity } from "./validity.ts";

export interface AddOptions {
  /** The PKI folder. */
  readonly dir: string;
  /** Lower-case letters, digits and hyphens, at most 40. */
  readonly id: string;
  /** Life in days, more than 0 and at most 397; each role has its default. */
  readonly days?: number;
  /** Issue even if there is a certificate that counts, or one that was revoked; the former one is revoked. */
  readonly force?: boolean;
  /** Opens the issuing CA's key, if that is encrypted. */
  readonly passphrase?: string;
  readonly now?: Date;
}

export interface AddConsumerOptions extends AddOptions {
  /** The meters that the consumer may see; absent means all. */
  readonly meters?: readonly string[];
}

export interface AddServiceOptions extends AddOptions {
  /** DNS names and IP addresses under which clients reach the server; at least one. */
  readonly hostnames: readonly string[];
}

export interface Bundle {
  /** `replaced`: issued in place of one that counted until now. */
  readonly status: "issued" | "replaced" | "exists";
  readonly certificate: RegisteredCertificate;
  readonly files: BundleFiles;
}

/** Gives a device its key and certificate in `devices/{id}`; does nothing if it has one that counts. */
export const addDevice = (options: AddOptions): Promise<Bundle> => add("device", options, {}, []);

/** Gives a reader of live data its key and certificate in `consumers/{id}`. */
export async function addConsumer({ meters, ...options }: AddConsumerOptions): Promise<Bundle> {
  for (const meter of meters ?? [])
    if (!METER_ID.test(meter))
      throw new PlatformError("config", `"${meter}" is not a meter id: write DEVICE, or DEVICE.METER`);
  return add("consumer", options, meters === undefined ? {} : { meters }, []);
}

/** Gives a server its key and certificate in `services/{id}`. */
export async function addService({ hostnames, ...options }: AddServiceOptions): Promise<Bundle> {
  if (hostnames.length === 0)
    throw new PlatformError(
      "config",
      `service ${options.id} needs a name that clients connect to: --dns NAME or --ip ADDRESS`,
    );
  for (const hostname of hostnames)
    if (!isHostname(hostname))
      throw new PlatformError("config", `"${hostname}" is neither a DNS name nor an IP address`);
  return add("service", options, {}, hostnames);
}

const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/i;

/** What a certificate may carry as a DNS name or an IP address; underscores, because container names have them. */
export function isHostname(name: string): boolean {
  if (isIP(name) !== 0) return true;
  const labels = name.replace(/^\*\./, "").split(".");
  return (
    name.length <= 253 && labels.every((label) => LABEL.test(label)) && !/^\d+$/.test(labels.at(-1) ?? "")
  );
}

type Rights = Pick<RegisteredCertificate, "meters">;

async function add(
  role: Role,
  options: AddOptions,
  rights: Rights,
  hostnames: readonly string[],
): Promise<Bundle> {
  const { dir, id, days = LEAVES[role].days, now = new Date(), force = false } = options;
  if (!DEVICE_ID.test(id))
    throw new PlatformError(
      "config",
      `"${id}" is not a ${role} name: use a–z, 0–9 and "-", at most 40, beginning with a letter or digit`,
    );
  if (!(days > 0 && days <= LEAF_DAYS_MAX))
    throw new PlatformError(
      "config",
      `a certificate lives more than 0 and at most ${LEAF_DAYS_MAX} days, not ${days}`,
    );
  const paths = pkiPaths(dir);
  await readAuthority(paths, LEAVES[role].issuer);
  return withLock(paths.lock, async () => {
    const { files } = paths.bundle(role, id);
    const registered = await readRegistry(paths.registry);
    await finishInterrupted(paths, role, id, registered);
    const former = newestOf(registered, role).find((certificate) => certificate.id === id);
    const formerState = former && stateOf(former, now);
    if (former && formerState === "active" && !force) return { status: "exists", certificate: former, files };
    if (formerState === "revoked" && !force)
      throw new PlatformError(
        "revoked",
        `${role} ${id} was revoked on ${former?.revokedAt}: --force gives it a new certificate all the same`,
      );

    const issuer = await openAuthority(paths, LEAVES[role].issuer, options.passphrase);
    const { publicKey, privateKey } = await createKeyPair();
    const pem = createLeaf(role, id, publicKey, issuer, { days, now, hostnames });
    await stageBundle(paths, role, id, {
      ca: (await readAuthority(paths, "root")).toString(),
      cert: pem + issuer.certificate.toString(),
      key: await privateKeyPem(privateKey),
    });
    const certificate = describe(new X509Certificate(pem), role, id, now, rights);
    const { issuedAt, ...facts } = certificate;
    // The revocation first: should only one line reach the disk, nobody has two certificates that count.
    await appendEvents(paths.registry, [
      ...(former && formerState !== "revoked" ? [revocationOf(former, now, "superseded")] : []),
      { event: "issued", at: issuedAt, ...facts },
    ]);
    await putInPlace(paths, role, id);
    return { status: formerState === "active" ? "replaced" : "issued", certificate, files };
  });
}

interface LeafTerms {
  readonly days: number;
  readonly now: Date;
  readonly hostnames: readonly string[];
}

/** Issues a leaf for a public key: every name and right in it is ours, whoever made the key. */
function createLeaf(
  role: Role,
  id: string,
  publicKey: KeyObject,
  issuer: Issuer,
  { days, now, hostnames }: LeafTerms,
): string {
  const issuerNotAfter = new Date(issuer.certificate.validTo);
  if (issuerNotAfter <= now)
    throw new PlatformError(
      "ca-expired",
      `the CA for ${LEAVES[role].folder} expired on ${issuerNotAfter.toISOString()}: set up a new PKI folder with smp ca init`,
    );
  const names = {
    uri: identityUri(role, id),
    dns: hostnames.filter((name) => isIP(name) === 0),
    ip: hostnames.filter((name) => isIP(name) !== 0),
  };
  return createCertificate(
    { commonName: id, publicKey, ...validity(now, days, issuerNotAfter) },
    { kind: "leaf", extendedKeyUsage: LEAVES[role].extendedKeyUsage, names },
    issuer,
  );
}

const describe = (
  x509: X509Certificate,
  role: Role,
  id: string,
  now: Date,
  rights: Rights,
): RegisteredCertificate => ({
  serial: x509.serialNumber.toUpperCase(),
  id,
  role,
  notAfter: new Date(x509.validTo).toISOString(),
  spkiSha256: spkiSha256(x509.publicKey),
  ...rights,
  issuedAt: now.toISOString(),
});
