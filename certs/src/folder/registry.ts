import { open, type FileHandle } from "node:fs/promises";
import { PlatformError } from "@smp/schemas";
import { appendLines } from "./append.ts";
import type { Role } from "../profile.ts";

/**
 * One line of `index.jsonl`, the list of certificates that count and the audit of who got one when.
 * Lines are only ever appended; a line counts once its line feed is on disk.
 */
export interface RegistryEvent {
  readonly event: "issued" | "revoked";
  /** When it happened; RFC 3339, UTC. */
  readonly at: string;
  /** The certificate's serial number, hexadecimal in upper case. */
  readonly serial: string;
  readonly id: string;
  readonly role: Role;
  readonly notAfter: string;
  /** SHA-256 of the public key (SubjectPublicKeyInfo), hexadecimal. */
  readonly spkiSha256: string;
  /** Of a consumer: the meters that it may see; absent means all. */
  readonly meters?: readonly string[];
  /** Of a device: the input extension that reads its foreign payloads. */
  readonly input?: string;
  /** Of a revocation: why. */
  readonly reason?: string;
}

export interface RegisteredCertificate extends Omit<RegistryEvent, "event" | "at" | "reason"> {
  readonly issuedAt: string;
  readonly revokedAt?: string;
  readonly reason?: string;
}

export type CertificateState = "active" | "expired" | "revoked";

export function stateOf(certificate: RegisteredCertificate, now: Date): CertificateState {
  if (certificate.revokedAt !== undefined) return "revoked";
  return Date.parse(certificate.notAfter) <= now.getTime() ? "expired" : "active";
}

/** What was read of a registry, as far as its last whole line. */
interface KnownRegistry {
  readonly path: string;
  /** Tells the file from another one of its name. */
  readonly file: string;
  readonly length: number;
  readonly lines: number;
  readonly lastLine: Buffer;
  readonly certificates: ReadonlyMap<string, RegisteredCertificate>;
}

/** The registry that was read last: of one that only grew since, only what was added is read and checked. */
let lastRead: KnownRegistry | undefined;

/** All certificates ever issued, oldest first. */
export async function readRegistry(path: string): Promise<RegisteredCertificate[]> {
  const handle = await open(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
    throw new PlatformError(
      "registry-missing",
      `${path} is not here: start the platform once (npm start), or run smp ca init; or name the right folder with --data DIR`,
      { cause: error },
    );
  });
  try {
    lastRead = await readOn(handle, path, lastRead?.path === path ? lastRead : undefined);
    return [...lastRead.certificates.values()];
  } finally {
    await handle.close();
  }
}

async function readOn(
  handle: FileHandle,
  path: string,
  before: KnownRegistry | undefined,
): Promise<KnownRegistry> {
  const { size, ino, birthtimeMs } = await handle.stat();
  // The number of an inode alone is soon given to another file.
  const file = `${ino} ${birthtimeMs}`;
  const { length = 0, lines = 0, lastLine = Buffer.alloc(0) } = before ?? {};
  const from = length - lastLine.length;
  const bytes = size < length ? Buffer.alloc(0) : await readAll(handle, from, size);
  // Another file, a shorter one, or one that was written anew in its place: its last line known is not there.
  if (before && (before.file !== file || !bytes.subarray(0, lastLine.length).equals(lastLine)))
    return readOn(handle, path, undefined);
  const added = bytes.subarray(lastLine.length, bytes.lastIndexOf("\n") + 1);
  if (before && added.length === 0) return before;
  const certificates = new Map(before?.certificates);
  const addedLines = enter(certificates, added.toString(), path, lines);
  return {
    path,
    file,
    length: length + added.length,
    lines: lines + addedLines,
    lastLine: Buffer.from(added.subarray(added.lastIndexOf("\n", -2) + 1)),
    certificates,
  };
}

async function readAll(handle: FileHandle, from: number, to: number): Promise<Buffer> {
  const bytes = Buffer.alloc(to - from);
  const { bytesRead } = await handle.read(bytes, 0, bytes.length, from);
  return bytes.subarray(0, bytesRead);
}

/** Enters the whole lines of a text that stands behind so many others; returns how many there are. */
function enter(
  certificates: Map<string, RegisteredCertificate>,
  text: string,
  path: string,
  linesBefore: number,
): number {
  const lines = text.split("\n").slice(0, -1);
  for (const [index, line] of lines.entries()) {
    const damaged = (what: string): PlatformError =>
      new PlatformError(
        "registry-damaged",
        `${path} line ${linesBefore + index + 1} ${what}: restore the file from a backup`,
      );
    const { event, at, reason, ...facts } = parseEvent(line, damaged);
    const known = certificates.get(facts.serial);
    if (event === "issued" && known) throw damaged(`issues serial ${facts.serial} a second time`);
    if (event === "revoked" && !known)
      throw damaged(`revokes serial ${facts.serial}, which was never issued`);
    if (known?.revokedAt !== undefined) continue;
    certificates.set(
      facts.serial,
      known
        ? { ...known, revokedAt: at, ...(reason === undefined ? {} : { reason }) }
        : { ...facts, issuedAt: at },
    );
  }
  return lines.length;
}

const FORMS: Readonly<Record<string, RegExp>> = {
  event: /^(?:issued|revoked)$/,
  at: /^\d{4}-\d\d-\d\dT[\d:.]+Z$/,
  serial: /^[0-9A-F]+$/,
  id: /^[a-z0-9][a-z0-9-]{0,39}$/,
  role: /^(?:device|consumer|service)$/,
  notAfter: /^\d{4}-\d\d-\d\dT[\d:.]+Z$/,
  spkiSha256: /^[0-9a-f]{64}$/,
};

function parseEvent(line: string, damaged: (what: string) => PlatformError): RegistryEvent {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw damaged("is not JSON");
  }
  if (typeof value !== "object" || value === null) throw damaged("is no JSON object");
  const fields = value as Readonly<Record<string, unknown>>;
  for (const [name, form] of Object.entries(FORMS)) {
    const field = fields[name];
    if (typeof field !== "string" || !form.test(field)) throw damaged(`has no valid "${name}"`);
  }
  const { meters, input } = fields;
  if (input !== undefined && typeof input !== "string") throw damaged('has no valid "input"');
  if (meters !== undefined && !(Array.isArray(meters) && meters.every((meter) => typeof meter === "string")))
    throw damaged('has no valid "meters"');
  return value as RegistryEvent;
}

/** The newest certificate of each id in a role, sorted by id. */
export function newestOf(
  certificates: readonly RegisteredCertificate[],
  role: Role,
): RegisteredCertificate[] {
  const newest = new Map<string, RegisteredCertificate>();
  for (const certificate of certificates)
    if (certificate.role === role) newest.set(certificate.id, certificate);
  return [...newest.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** The input extension that a device's newest certificate names: its next one keeps it. */
export const inputOf = (
  certificates: readonly RegisteredCertificate[],
  id: string,
): Pick<RegisteredCertificate, "input"> => {
  const input = certificates.findLast((one) => one.role === "device" && one.id === id)?.input;
  return input === undefined ? {} : { input };
};

/** Every certificate of an id that was not revoked, expired ones too: with them a device may still renew. */
export const unrevokedOf = (
  certificates: readonly RegisteredCertificate[],
  role: Role,
  id: string,
): RegisteredCertificate[] =>
  certificates.filter(
    (certificate) =>
      certificate.role === role && certificate.id === id && certificate.revokedAt === undefined,
  );

export const revocationOf = (
  certificate: RegisteredCertificate,
  now: Date,
  reason?: string,
): RegistryEvent => ({
  event: "revoked",
  at: now.toISOString(),
  serial: certificate.serial,
  id: certificate.id,
  role: certificate.role,
  notAfter: certificate.notAfter,
  spkiSha256: certificate.spkiSha256,
  ...(reason === undefined ? {} : { reason }),
});

/** Enters events. Call it under the registry's lock only. */
export const appendEvents = (path: string, events: readonly RegistryEvent[]): Promise<void> =>
  appendLines(path, events);
