import { join } from "node:path";
import { Checked } from "@smp/schemas";
import { LEAF_DAYS_MAX } from "../profile.ts";

export interface EstConfig {
  /** The PKI folder. */
  readonly dir: string;
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** What the server shows in the TLS handshake; PEM. */
  readonly certFile: string;
  readonly keyFile: string;
  /** Life of the certificates that it issues; absent: the invitation's, or the device's former one. */
  readonly days: number | undefined;
  /** For how many days an expired certificate still renews itself. */
  readonly graceDays: number;
}

/**
 * Reads the settings of the enrolment server: `SMP_EST_HOST` (0.0.0.0), `SMP_EST_PORT` (8085), `SMP_EST_CERT`, `SMP_EST_KEY`
 * (those of the broker), `SMP_EST_DAYS`, `SMP_EST_GRACE_DAYS` (30; 0: never), `SMP_DATA_DIR` (data), `SMP_PKI_DIR` (`$SMP_DATA_DIR/pki`).
 */
export function readEstConfig(environment: Readonly<Record<string, string | undefined>>): EstConfig {
  const checked = new Checked(environment);
  const dir = checked.text("SMP_PKI_DIR", {
    fallback: join(checked.text("SMP_DATA_DIR", { fallback: "data" }), "pki"),
  });
  const days = checked.integer("SMP_EST_DAYS", { min: 1, max: LEAF_DAYS_MAX, fallback: 0 });
  const config = {
    dir,
    host: checked.text("SMP_EST_HOST", { fallback: "0.0.0.0" }),
    port: checked.integer("SMP_EST_PORT", { min: 0, max: 65_535, fallback: 8085 }),
    certFile: checked.text("SMP_EST_CERT", { fallback: join(dir, "services/broker/server.crt") }),
    keyFile: checked.text("SMP_EST_KEY", { fallback: join(dir, "services/broker/server.key") }),
    days: days === 0 ? undefined : days,
    graceDays: checked.integer("SMP_EST_GRACE_DAYS", { min: 0, max: 365, fallback: 30 }),
  };
  checked.throwIfFaulty();
  return config;
}
