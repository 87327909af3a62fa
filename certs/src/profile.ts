import { DEVICE_AUTHORITY } from "@smp/schemas";

/** What each kind of certificate may do, and for how long: the whole policy, in one table. */

/** Who a certificate speaks for; it stands in the URI `urn:smp:{role}:{id}`. */
export type Role = "device" | "consumer" | "service";
export type Authority = "root" | "issuing-device" | "issuing-service";

export interface AuthorityProfile {
  readonly commonName: string;
  readonly issuer: Authority;
  readonly days: number;
  /** How many further CAs may stand below this one. */
  readonly pathLength: number;
  /** How long its revocation list counts: daily ones for the issuing CAs, yearly for the root, whose key is kept offline. */
  readonly crlDays: number;
}

export interface LeafProfile {
  readonly issuer: Authority;
  readonly days: number;
  readonly extendedKeyUsage: "clientAuth" | "serverAuth";
  /** The folder of the role's bundles, and the names of their files. */
  readonly folder: string;
  readonly fileName: "client" | "server";
}

export const AUTHORITIES: Readonly<Record<Authority, AuthorityProfile>> = {
  root: {
    commonName: "Smart Meter Platform Root CA",
    issuer: "root",
    days: 7305,
    pathLength: 1,
    crlDays: 400,
  },
  "issuing-device": {
    commonName: DEVICE_AUTHORITY,
    issuer: "root",
    days: 1826,
    pathLength: 0,
    crlDays: 7,
  },
  "issuing-service": {
    commonName: "Smart Meter Platform Service CA",
    issuer: "root",
    days: 1826,
    pathLength: 0,
    crlDays: 7,
  },
};

/** Consumers come from the service CA: whoever may enrol devices can then not make itself a reader of everybody's data. */
export const LEAVES: Readonly<Record<Role, LeafProfile>> = {
  device: {
    issuer: "issuing-device",
    days: 397,
    extendedKeyUsage: "clientAuth",
    folder: "devices",
    fileName: "client",
  },
  consumer: {
    issuer: "issuing-service",
    days: 90,
    extendedKeyUsage: "clientAuth",
    folder: "consumers",
    fileName: "client",
  },
  service: {
    issuer: "issuing-service",
    days: 90,
    extendedKeyUsage: "serverAuth",
    folder: "services",
    fileName: "server",
  },
};

/** The longest life of a leaf; TLS libraries of phones and browsers refuse more than 398 days. */
export const LEAF_DAYS_MAX = 397;

export const identityUri = (role: Role, id: string): string => `urn:smp:${role}:${id}`;
