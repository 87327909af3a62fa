import { X509Certificate, type KeyObject } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { DAY_MS, PlatformError } from "@smp/schemas";
import { appendLines } from "../folder/append.ts";
import type { Issuer } from "../x509/certificate.ts";
import { parseRequest, type SigningRequest } from "../x509/csr.ts";
import { exists } from "../folder/files.ts";
import { createLeaf, refuseUsedKey, SUPERSEDED } from "../leaf/leaf.ts";
import { withLock } from "../folder/lock.ts";
import { pkiPaths } from "../folder/paths.ts";
import { identityUri, LEAVES } from "../profile.ts";
import {
  appendEvents,
  inputOf,
  readRegistry,
  revocationOf,
  unrevokedOf,
  type RegisteredCertificate,
} from "../folder/registry.ts";
import { hashOf, readInvitations, type Invitation } from "./invitations.ts";

export interface Enrolment {
  /** The PKI folder. */
  readonly dir: string;
  /** The device authority, opened. */
  readonly issuer: Issuer;
  /** The request, in any form that `parseRequest` takes. */
  readonly csr: Buffer;
  readonly now: Date;
  /** Life of the certificate; absent: what the invitation says, or the life that the device had until now. */
  readonly days?: number | undefined;
}

export interface FirstEnrolment extends Enrolment {
  readonly id: string;
  readonly code: string;
}

export interface Reenrolment extends Enrolment {
  /** The certificate that the device showed in the TLS handshake, whose key it has thereby proven. */
  readonly presented: X509Certificate;
  /** For how long an expired certificate still renews itself; 0: not at all. */
  readonly graceDays: number;
}

/**
 * The first certificate of an invited device. The code counts once, whether or not the answer arrives; a request that is refused
 * does not use it up. Names in the request do not count: the invitation says who this is.
 */
export async function enrol(options: FirstEnrolment): Promise<RegisteredCertificate & { pem: string }> {
  const { dir, issuer, id, code, csr, now } = options;
  const { publicKey } = parseRequest(csr);
  const paths = pkiPaths(dir);
  return withLock(paths.lock, async () => {
    const registered = await readRegistry(paths.registry);
    const invitation = checkedInvitation(await readInvitations(dir), registered, { id, code, now });
    refuseUsedKey(registered, publicKey, "device", id);
    const days = options.days ?? invitation.days ?? LEAVES.device.days;
    const leaf = createLeaf({ role: "device", id, publicKey, days, now, ...inputOf(registered, id) }, issuer);
    // Used first: after a crash between the two lines the code is lost, but never good for two.
    const { codeSha256 } = invitation;
    await appendLines(paths.invitations, [{ event: "used", at: now.toISOString(), id, codeSha256 }]);
    await appendEvents(paths.registry, [
      ...unrevokedOf(registered, "device", id).map((one) => revocationOf(one, now, SUPERSEDED)),
      leaf.issued,
    ]);
    return { ...leaf.certificate, pem: leaf.pem };
  });
}

function checkedInvitation(
  invitations: readonly Invitation[],
  registered: readonly RegisteredCertificate[],
  { id, code, now }: { id: string; code: string; now: Date },
): Invitation {
  const refuse = (why: string): never => {
    throw new PlatformError("code-refused", `${why}: ask for a new code (smp invite)`);
  };
  const codeSha256 = hashOf(code);
  const invitation = invitations.find((one) => one.codeSha256 === codeSha256);
  if (!invitation || invitation.id !== id) return refuse(`this is no code for a device ${id}`);
  if (invitation.state === "used") return refuse("this code was used already");
  if (invitation.state === "withdrawn") return refuse("this code was withdrawn");
  if (Date.parse(invitation.expires) <= now.getTime())
    return refuse(`this code was good until ${invitation.expires}`);
  // What happened after the invitation is the operator's last word.
  const revoked = registered.some(
    (one) =>
      one.role === "device" &&
      one.id === id &&
      one.reason !== SUPERSEDED &&
      (one.revokedAt ?? "") > invitation.invitedAt,
  );
  return revoked ? refuse(`device ${id} was revoked since`) : invitation;
}

/**
 * The next certificate of a device that shows its present one. That one goes on to count until it expires, because the
 * answer may get lost on its way; all others of the device are superseded.
 */
export async function reenrol(options: Reenrolment): Promise<RegisteredCertificate & { pem: string }> {
  const { dir, issuer, presented, csr, now, graceDays } = options;
  const request = parseRequest(csr);
  const paths = pkiPaths(dir);
  const issuers = await issuerKeys(dir, issuer);
  return withLock(paths.lock, async () => {
    const registered = await readRegistry(paths.registry);
    const current = checkedCertificate(presented, registered, issuers, { now, graceDays });
    const { id } = current;
    refuseOtherNames(request, id);
    refuseUsedKey(registered, request.publicKey, "device", id);
    const own = unrevokedOf(registered, "device", id);
    const days = options.days ?? longestDays(registered, id);
    const { publicKey } = request;
    const leaf = createLeaf({ role: "device", id, publicKey, days, now, ...inputOf(registered, id) }, issuer);
    await appendEvents(paths.registry, [
      ...own
        .filter(({ serial }) => serial !== current.serial)
        .map((one) => revocationOf(one, now, SUPERSEDED)),
      leaf.issued,
    ]);
    return { ...leaf.certificate, pem: leaf.pem };
  });
}

/** A certificate's own signature and the registry decide: TLS tells of an expired one only that it has expired. */
function checkedCertificate(
  presented: X509Certificate,
  registered: readonly RegisteredCertificate[],
  issuers: readonly KeyObject[],
  { now, graceDays }: { now: Date; graceDays: number },
): RegisteredCertificate {
  const refuse = (why: string): never => {
    throw new PlatformError("certificate-refused", why);
  };
  if (!issuers.some((key) => presented.verify(key)))
    return refuse("your certificate was not issued by this platform's CA for devices");
  const serial = presented.serialNumber.toUpperCase();
  const known = registered.find((one) => one.serial === serial);
  if (known?.role !== "device") return refuse("your certificate is not in the registry");
  if (known.revokedAt !== undefined)
    return refuse(
      `your certificate was revoked on ${known.revokedAt}${known.reason === SUPERSEDED ? ", because a newer one was issued" : ""}: ask for an invitation (smp invite ${known.id})`,
    );
  if (Date.parse(presented.validFrom) > now.getTime())
    return refuse(`your certificate is not valid before ${presented.validFrom}: set the clocks`);
  const lateMs = now.getTime() - Date.parse(known.notAfter);
  if (lateMs > 0 && lateMs > graceDays * DAY_MS)
    return refuse(
      `your certificate expired on ${known.notAfter}, more than ${graceDays} days ago: ask for an invitation (smp invite ${known.id})`,
    );
  return known;
}

/** RFC 7030, 4.2.2: the names of a renewal are those of the certificate that is renewed. None at all is fine. */
function refuseOtherNames({ commonNames, uris }: SigningRequest, id: string): void {
  const other = [
    ...commonNames.filter((name) => name !== id),
    ...uris.filter((uri) => uri !== identityUri("device", id)),
  ];
  if (other.length > 0)
    throw new PlatformError(
      "identity-refused",
      `the request is for ${other.join(", ").slice(0, 100)}, but your certificate is that of ${id}: a device renews itself only`,
    );
}

/** One that was cut short by the end of its CA does not make all after it short. */
function longestDays(registered: readonly RegisteredCertificate[], id: string): number {
  const lives = registered
    .filter((one) => one.role === "device" && one.id === id)
    .map(({ issuedAt, notAfter }) => (Date.parse(notAfter) - Date.parse(issuedAt)) / DAY_MS);
  // The certificate's times are whole seconds, the registry's are not.
  return Math.max(...lives.map((days) => Math.round(days * 86_400) / 86_400));
}

/** The keys of the device authority, and of those before it. */
async function issuerKeys(dir: string, { certificate }: Issuer): Promise<KeyObject[]> {
  const { former } = pkiPaths(dir).authority("issuing-device");
  const names = (await exists(former)) ? await readdir(former) : [];
  const files = await Promise.all(names.map((name) => readFile(join(former, name, "ca.crt"))));
  return [certificate.publicKey, ...files.map((pem) => new X509Certificate(pem).publicKey)];
}
