import { DEVICE_ID } from "@smp/schemas";
import type { RegisteredCertificate } from "./registry.ts";

/** One line of the certificate registry. */
export interface RegistryEvent extends Pick<RegisteredCertificate, "id" | "role"> {
  event: "issued" | "revoked";
  serial: string;
  /** Unix ms UTC; absent in a line that another tool wrote. */
  notAfter: number | undefined;
  meters?: readonly string[];
  /** Of a device: the input extension that reads its foreign payloads. */
  input?: string;
}

/** Reads a line; `undefined` if it is damaged. */
export function parseEvent(line: string): RegistryEvent | undefined {
  let fields: Record<string, unknown>;
  try {
    fields = JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
  const { event, serial, id, role, meters, input } = fields;
  const expires = typeof fields["notAfter"] === "string" ? Date.parse(fields["notAfter"]) : Number.NaN;
  const notAfter = Number.isNaN(expires) ? undefined : expires;
  const isEvent = event === "issued" || event === "revoked";
  const isRole = role === "device" || role === "consumer" || role === "service";
  if (!isEvent || !isRole || typeof serial !== "string" || typeof id !== "string") return undefined;
  if (!/^[0-9A-F]+$/.test(serial) || !DEVICE_ID.test(id)) return undefined;
  const own = typeof input === "string" ? { input } : {};
  if (meters === undefined) return { event, serial, id, role, notAfter, ...own };
  const isList = Array.isArray(meters) && meters.every((meter): meter is string => typeof meter === "string");
  return isList ? { event, serial, id, role, notAfter, meters } : undefined;
}
