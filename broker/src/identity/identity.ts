import type { X509Certificate } from "node:crypto";
import { DEVICE_AUTHORITY } from "@smp/schemas";
import { Refusal } from "../refusal.ts";

export type Role = "device" | "consumer" | "service";

/** Who a connection is: from its certificate and from nothing else. */
export interface Identity {
  role: Role;
  id: string;
  /** Upper-case hex, as the certificate registry writes it. */
  serial: string;
  /** Unix ms UTC after which the certificate is void. */
  validUntil: number;
}

const IDENTITY_URI = /^URI:urn:smp:(device|consumer|service):([a-z0-9][a-z0-9-]{0,39})$/;
/** RFC 5280, 4.2.1.12: id-kp-clientAuth. */
const CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";

/** Reads the identity of a certificate whose chain is already verified. */
export function identityOf(certificate: X509Certificate): Identity | Refusal {
  const names = certificate.subjectAltName ?? "";
  // Node quotes a name that holds a separator (CVE-2021-44532); no name of ours does.
  if (names.includes('"')) return refuse(`its subject alternative name is malformed: ${names}`);
  const uris = names.split(", ").filter((name) => name.startsWith("URI:"));
  if (uris.length !== 1) return refuse(`it has ${uris.length} URI names, but must have exactly one`);
  const match = IDENTITY_URI.exec(uris[0] ?? "");
  if (!match)
    return refuse(
      `its name ${uris[0]} is not urn:smp:device:<id>, urn:smp:consumer:<id> or urn:smp:service:<id>`,
    );
  const [, role, id = ""] = match;
  const commonNames = certificate.subject.split("\n").filter((line) => line.startsWith("CN="));
  if (commonNames.length !== 1 || commonNames[0] !== `CN=${id}`)
    return refuse(
      `its common name (${commonNames.join(", ") || "none"}) is not the id ${id} of its URI name`,
    );
  // Who may enrol devices must not make itself a reader of everybody's data.
  if (role !== "device" && certificate.issuer.split("\n").includes(`CN=${DEVICE_AUTHORITY}`))
    return refuse(`the ${role} ${id} has it from the authority for devices, which may name devices only`);
  // `keyUsage` is Node's name for the extended key usage.
  if (!certificate.keyUsage?.includes(CLIENT_AUTH))
    return refuse(`the certificate of ${id} is not meant for clients (no clientAuth)`);
  return {
    role: role as Role,
    id,
    serial: certificate.serialNumber.toUpperCase(),
    validUntil: Date.parse(certificate.validTo),
  };
}

const refuse = (why: string): Refusal =>
  new Refusal("certificate-profile", `The certificate does not say who this is: ${why}.`);
