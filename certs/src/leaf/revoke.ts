import { PlatformError } from "@smp/schemas";
import { withLock } from "../folder/lock.ts";
import { nearest } from "./nearest.ts";
import { pkiPaths } from "../folder/paths.ts";
import type { Role } from "../profile.ts";
import {
  appendEvents,
  newestOf,
  readRegistry,
  revocationOf,
  unrevokedOf,
  type RegisteredCertificate,
} from "../folder/registry.ts";

export interface RevokeOptions {
  /** The PKI folder. */
  readonly dir: string;
  readonly id: string;
  /** For the audit: why. */
  readonly reason?: string;
  readonly now?: Date;
}

export interface Revocation {
  readonly status: "revoked" | "already-revoked";
  readonly certificate: RegisteredCertificate;
}

/** Ends all certificates of a name for good; a broker that watches the registry closes its connections. */
export async function revoke(
  role: Role,
  { dir, id, reason, now = new Date() }: RevokeOptions,
): Promise<Revocation> {
  const paths = pkiPaths(dir);
  // Asked before the lock, which could not be made in a folder that is not there.
  await findCertificate(dir, role, id);
  return withLock(paths.lock, async () => {
    const certificate = await findCertificate(dir, role, id);
    // After a renewal the former certificate goes on to count: whoever is out must be out with all of them.
    const counting = unrevokedOf(await readRegistry(paths.registry), role, id);
    if (counting.length === 0) return { status: "already-revoked", certificate };
    await appendEvents(
      paths.registry,
      counting.map((one) => revocationOf(one, now, reason)),
    );
    const revokedAt = now.toISOString();
    return {
      status: "revoked",
      certificate: { ...certificate, revokedAt, ...(reason === undefined ? {} : { reason }) },
    };
  });
}

/** The newest certificate of an id; an error if it never had one. */
export async function findCertificate(dir: string, role: Role, id: string): Promise<RegisteredCertificate> {
  const all = await listCertificates(dir, role);
  const found = all.find((certificate) => certificate.id === id);
  if (found) return found;
  const near = nearest(
    id,
    all.map((certificate) => certificate.id),
  );
  const hint = near === undefined ? `smp ${role} list shows all` : `did you mean ${near}?`;
  throw new PlatformError("unknown", `there is no ${role} "${id}" in ${pkiPaths(dir).dir}: ${hint}`);
}

/** The newest certificate of each id in a role, sorted by id. */
export async function listCertificates(dir: string, role: Role): Promise<RegisteredCertificate[]> {
  return newestOf(await readRegistry(pkiPaths(dir).registry), role);
}
