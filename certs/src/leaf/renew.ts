import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { PlatformError } from "@smp/schemas";
import { exists } from "../folder/files.ts";
import { addConsumer, addDevice, addService, type AddOptions, type Bundle } from "./issue.ts";
import { pkiPaths } from "../folder/paths.ts";
import type { Role } from "../profile.ts";
import { stateOf, type RegisteredCertificate } from "../folder/registry.ts";
import { findCertificate, listCertificates } from "./revoke.ts";
import { isDueForRenewal } from "../x509/validity.ts";

export type RenewOptions = Omit<AddOptions, "force" | "keepFormer">;

/**
 * Gives a name its next certificate, with the same rights and names. The former one goes on to count until it expires, so
 * that there is time to bring the new files to where they are used.
 */
export async function renewCertificate(role: Role, options: RenewOptions): Promise<Bundle> {
  const { dir, id, now = new Date() } = options;
  const former = await findCertificate(dir, role, id);
  if (stateOf(former, now) === "revoked")
    throw new PlatformError(
      "revoked",
      `${role} ${id} was revoked on ${former.revokedAt}: smp ${role} add ${id} --force gives it a new certificate all the same`,
    );
  const { folder, files } = pkiPaths(dir).bundle(role, id);
  if (options.csr === undefined && !(await exists(folder)))
    throw new PlatformError(
      "enrolled",
      `${role} ${id} made its key itself and renews by itself: if it cannot any more, smp invite ${id} lets it enrol again`,
    );
  if (options.csr === undefined && !(await exists(files.key)))
    throw new PlatformError(
      "enrolled",
      `the key of ${role} ${id} is with its owner: renew it for the key of a request, old or new, with --csr FILE; without one a key would be made here`,
    );
  const renewal = { ...options, force: true, keepFormer: true };
  if (role === "service") return addService({ ...renewal, hostnames: await hostnamesOf(files.cert) });
  if (role === "device") return addDevice(renewal);
  return addConsumer({ ...renewal, ...(former.meters && { meters: former.meters }) });
}

/** Those whose newest certificate counts, but has less than a third of its life left. */
export async function dueForRenewal(
  dir: string,
  role: Role,
  now: Date = new Date(),
): Promise<RegisteredCertificate[]> {
  const certificates = await listCertificates(dir, role);
  return certificates.filter(({ issuedAt, notAfter, revokedAt }) => {
    const life = { notBefore: new Date(issuedAt), notAfter: new Date(notAfter) };
    return revokedAt === undefined && isDueForRenewal(life, now);
  });
}

/** DNS names and IP addresses of a server's certificate. */
export async function hostnamesOf(path: string): Promise<string[]> {
  const pem = await readFile(path).catch((cause: unknown) => {
    throw new PlatformError(
      "certificate-missing",
      `${path} is not here, so that its names are not known: issue it anew with smp service add --force --dns …`,
      { cause },
    );
  });
  const names = new X509Certificate(pem).subjectAltName ?? "";
  return [...names.matchAll(/(?:DNS|IP Address):([^,\s]+)/g)].map((match) => match[1] ?? "");
}
