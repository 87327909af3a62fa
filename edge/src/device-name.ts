import { PlatformError } from "@smp/schemas";
import type { EdgeConfig } from "./config.ts";
import { readCredentials } from "./publisher/credentials.ts";

/** The certificate names the device; a name in the configuration must agree with it. */
export async function deviceName({ device, broker }: EdgeConfig): Promise<string> {
  if (broker?.certificates === undefined) {
    if (device === undefined) throw new PlatformError("config", "the device needs a name: set SMP_DEVICE");
    return device;
  }
  const credentials = await readCredentials(broker.certificates);
  if (device !== undefined && device !== credentials.device)
    throw new PlatformError(
      "config",
      `the device is named "${device}", but its certificate is for "${credentials.device}": leave the name away`,
    );
  return credentials.device;
}
