import { isIP } from "node:net";
import { DEVICE_ID, isDerived, METER_ID, PlatformError } from "@smp/schemas";
import { openAuthority, readAuthority } from "../authority/authority.ts";
import type { Issuer } from "../x509/certificate.ts";
import { finishInterrupted, putInPlace, stageBundle } from "./bundle.ts";
import { parseRequest } from "../x509/csr.ts";
import { exists } from "../folder/files.ts";
import { createLeaf, refuseUsedKey, SUPERSEDED } from "./leaf.ts";
import { withLock } from "../folder/lock.ts";
import { pkiPaths, type BundleFiles } from "../folder/paths.ts";
import { createKeyPair, privateKeyPem, type Passphrase } from "../x509/private-key.ts";
import { LEAF_DAYS_MAX, LEAVES, type Role } from "../profile.ts";
import {
  appendEvents,
  readRegistry,
  revocationOf,
  stateOf,
  unrevokedOf,
  type RegisteredCertificate,
} from "../folder/registry.ts";

export interface AddOptions {
  /** The PKI folder. */
  readonly dir: string;
  /** Lower-case letters, digits and hyphens, at most 40. */
  readonly id: string;
  /** Life in days, more than 0 and at most 397; each role has its default. */
  readonly days?: number;
  /** Issue even if there is a certificate that counts, or one that was revoked; the former one is revoked. */
  readonly force?: boolean;
  /** With `force`: the former certificate is not revoked, but counts until it expires. */
  readonly keepFormer?: boolean;
  /** Opens the issuing CA's key, if that is encrypted. */
  readonly passphrase?: Passphrase;
  /** In place of `passphrase`: an authority that is opened once for many. */
  readonly openIssuer?: () => Promise<Issuer>;
  /** A certificate signing request in PEM: its key is certified, and no key is made here. Its names do not count. */
  readonly csr?: string;
  /** Of a device: the input extension that reads its foreign payloads; a new certificate keeps the former one's. */
  readonly input?: string;
  readonly now?: Date;
}

export interface AddConsumerOptions extends AddOptions {
  /** The meters that the consumer may see. Absent: those of its former certificate, else all; `all` widens its rights again. */
  readonly meters?: readonly string[] | "all";
}

export interface AddServiceOptions extends AddOptions {
  /** DNS names and IP addresses under which clients reach the server; at least one. */
  readonly hostnames: readonly string[];
}

export interface Bundle {
  /** `replaced`: the former one is revoked; `renewed`: the former one counts until it expires. */
  readonly status: "issued" | "replaced" | "renewed" | "exists";
  readonly certificate: RegisteredCertificate;
  readonly files: BundleFiles;
  /** Not if its owner made the key and sent a request. */
  readonly hasKey: boolean;
}

/** Gives a device its key and certificate in `devices/{id}`; does nothing if it has one that counts. */
export async function addDevice(options: AddOptions): Promise<Bundle> {
  if (options.input !== undefined && !/^[a-z][a-z0-9-]{1,31}$/.test(options.input))
    throw new PlatformError("config", `"${options.input}" is not an input's name: see smp extension list`);
  return await add("device", options, {}, []);
}

/** Gives a reader of live data its key and certificate in `consumers/{id}`. */
export async function addConsumer({ meters, ...options }: AddConsumerOptions): Promise<Bundle> {
  for (const meter of meters === "all" ? [] : (meters ?? []))
    if (!METER_ID.test(meter))
      throw new PlatformError("config", `"${meter}" is not a meter id: write DEVICE, or DEVICE.METER`);
  return add("consumer", options, { meters }, []);
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

interface Rights {
  readonly meters?: readonly string[] | "all" | undefined;
}

/** Whoever replaces a certificate without a word about its meters means the same ones: its rights never grow unasked. */
function metersOf(
  { meters }: Rights,
  former: RegisteredCertificate | undefined,
): Pick<RegisteredCertificate, "meters"> {
  const next = meters ?? former?.meters;
  return next === undefined || next === "all" ? {} : { meters: next };
}

async function add(
  role: Role,
  options: AddOptions,
  rights: Rights,
  hostnames: readonly string[],
): Promise<Bundle> {
  const { dir, id, force = false, now = new Date() } = options;
  checkName(role, id);
  const days = checkedDays(options.days ?? LEAVES[role].days);
  const request = options.csr === undefined ? undefined : parseRequest(Buffer.from(options.csr));
  const paths = pkiPaths(dir);
  await readAuthority(paths, LEAVES[role].issuer);
  return withLock(paths.lock, async () => {
    const { files } = paths.bundle(role, id);
    const registered = await readRegistry(paths.registry);
    await finishInterrupted(paths, role, id, registered);
    const former = registered.findLast((one) => one.role === role && one.id === id);
    const formerState = former && stateOf(former, now);
    if (former && formerState === "active" && !force)
      return { status: "exists", certificate: former, files, hasKey: await exists(files.key) };
    if (formerState === "revoked" && !force)
      throw new PlatformError(
        "revoked",
        `${role} ${id} was revoked on ${former?.revokedAt}: --force gives it a new certificate all the same`,
      );
    if (request) refuseUsedKey(registered, request.publicKey, role, id);

    const issuer = await (options.openIssuer?.() ??
      openAuthority(paths, LEAVES[role].issuer, options.passphrase));
    const { publicKey, privateKey } = request
      ? { publicKey: request.publicKey, privateKey: undefined }
      : await createKeyPair();
    const input = options.input ?? former?.input;
    const leaf = createLeaf(
      {
        role,
        id,
        publicKey,
        days,
        now,
        hostnames,
        ...metersOf(rights, former),
        ...(input !== undefined && { input }),
      },
      issuer,
    );
    await stageBundle(paths, role, id, {
      ca: (await readAuthority(paths, "root")).toString(),
      cert: leaf.chain,
      key: privateKey === undefined ? undefined : await privateKeyPem(privateKey),
    });
    // The revocations first: should only one line reach the disk, nobody has two certificates that count.
    await appendEvents(paths.registry, [
      ...unrevokedOf(registered, role, id)
        .filter((one) => !options.keepFormer || one.serial !== former?.serial)
        .map((one) => revocationOf(one, now, SUPERSEDED)),
      leaf.issued,
    ]);
    await putInPlace(paths, role, id);
    const inPlace = options.keepFormer ? "renewed" : "replaced";
    return {
      status: formerState === "active" ? inPlace : "issued",
      certificate: leaf.certificate,
      files,
      hasKey: await exists(files.key),
    };
  });
}

/** Throws unless it can be a name: it becomes part of topics, file names and certificates. */
export function checkName(role: Role, id: string): void {
  if (!DEVICE_ID.test(id))
    throw new PlatformError(
      "config",
      `"${id}" is not a ${role} name: use a–z, 0–9 and "-", at most 40, beginning with a letter or digit`,
    );
  if (isDerived(id))
    throw new PlatformError(
      "config",
      `"${id}" is kept for readings that extensions derive: choose a ${role} name that does not begin with x-`,
    );
}

export function checkedDays(days: number): number {
  if (days > 0 && days <= LEAF_DAYS_MAX) return days;
  throw new PlatformError(
    "config",
    `a certificate lives more than 0 and at most ${LEAF_DAYS_MAX} days, not ${days}`,
  );
}
