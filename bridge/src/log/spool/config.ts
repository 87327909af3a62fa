import { join } from "node:path";
import { Checked } from "@smp/schemas";

export interface SpoolConfig {
  dir: string;
  bytesMax: number;
}

/**
 * Reads the settings of the spool: `SMP_SPOOL` (false; true turns it on), `SMP_SPOOL_DIR` (`spool` in `SMP_DATA_DIR`),
 * `SMP_SPOOL_MB` (1,024). `undefined` when it is off.
 */
export function readSpoolConfig(
  environment: Readonly<Record<string, string | undefined>>,
): SpoolConfig | undefined {
  const checked = new Checked(environment);
  const isOn = checked.boolean("SMP_SPOOL", false);
  const dataDir = checked.text("SMP_DATA_DIR", { fallback: "data" });
  const dir = checked.text("SMP_SPOOL_DIR", { fallback: join(dataDir, "spool") });
  const bytesMax = checked.integer("SMP_SPOOL_MB", { min: 64, max: 1_000_000, fallback: 1_024 }) * 2 ** 20;
  checked.throwIfFaulty();
  return isOn ? { dir, bytesMax } : undefined;
}
