import type { Role } from "../identity/identity.ts";

/** What the registry knows of one certificate. */
export interface RegisteredCertificate {
  id: string;
  role: Role;
  revoked: boolean;
  /** The meters that a consumer may see; absent: all. */
  meters?: ReadonlySet<string>;
}

/**
 * Who is let in at all: the list of issued certificates decides, not a signature alone. A certificate that the registry
 * does not know is refused even if our CA signed it.
 */
export interface Registry {
  /** `serial` is upper-case hex. */
  find(serial: string): RegisteredCertificate | undefined;
  /** Takes in what was issued a moment ago: asked before a certificate is refused as unknown. */
  readOn(): Promise<void>;
  /** Calls the listener after every change; returns how to stop that. */
  onChange(listener: () => void): () => void;
  /** The newest certificate of each holder, where its end is known. */
  newest(now: number): Iterable<HeldCertificate>;
}

/** What the API tells of a device: its newest certificate's end (Unix ms UTC), and whether it still counts. */
export interface DeviceCertificate {
  notAfter: number;
  status: "active" | "expired" | "revoked";
}

export interface HeldCertificate extends DeviceCertificate {
  role: Role;
}
