import { PlatformError } from "@smp/schemas";

/** What a Kaifa meter sends: flat lists in Netz NÖ's grid, nested ones in Tyrol, Salzburg and Vorarlberg (KSMWest). */
export type KaifaDialect = "netz-noe" | "ksmwest";

/** What a meter calls itself on the wire. */
export interface KaifaIdentity {
  /** 8 bytes: `KFM`, two type bytes, 24-bit serial. */
  systemTitle: Uint8Array;
  /** 0.0.96.1.0.255, or the flat list's last element. */
  meterNumber: string;
  /** 0.0.42.0.0.255 (COSEM logical device name); only nested lists carry it. */
  deviceName: string;
}

const SERIAL_MAX = 9_999_999;

/** The names of the Kaifa MA309M (three phases) or MA110M (one) with this serial number, as its operator configures it. */
export function kaifaIdentity(dialect: KaifaDialect, serial: number, phases: 1 | 3): KaifaIdentity {
  if (!Number.isInteger(serial) || serial < 1 || serial > SERIAL_MAX)
    throw new PlatformError(
      "config",
      `serial is ${serial}, but must be a whole number from 1 to ${SERIAL_MAX}`,
    );
  const model = phases === 3 ? 2 : 1;
  const type = dialect === "netz-noe" ? [0x67, 0x50] : [0x10, 0x10 * model];
  const digits = String(serial).padStart(8, "0");
  return {
    systemTitle: Uint8Array.of(0x4b, 0x46, 0x4d, ...type, serial >> 16, (serial >> 8) & 0xff, serial & 0xff),
    meterNumber: dialect === "netz-noe" ? `18122${digits.slice(1)}` : `1KFM0${model}${digits}`,
    deviceName: `KFM1${model}00${model}${digits}`,
  };
}
