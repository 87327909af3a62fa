import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { DEVICE_ID, messageOf, PlatformError } from "@smp/schemas";
import type { Logger } from "pino";
import type { EdgeConfig } from "../config/config.ts";
import { readCredentials } from "./credentials.ts";

/** The certificate names the device; a name in the configuration must agree with it. */
export async function deviceName(
  { device, broker, dataDirectory }: EdgeConfig,
  log: Logger,
): Promise<string> {
  if (broker?.certificates === undefined) {
    if (device === undefined) throw new PlatformError("config", "the device needs a name: set SMP_DEVICE");
    return device;
  }
  const credentials = await readCredentials(broker.certificates).catch(async (error: unknown) => {
    // One that did not survive a power cut must not end the reading of the meter: the name is known from before.
    const known = await nameOfJournal(dataDirectory, device);
    if (known === undefined) throw error;
    const reason = messageOf(error);
    log.error(
      `${reason}. Readings of ${known} wait in the journal until that is mended; no restart is needed`,
    );
    return { device: known };
  });
  if (device !== undefined && device !== credentials.device)
    throw new PlatformError(
      "config",
      `the device is named "${device}", but its certificate is for "${credentials.device}": leave the name away`,
    );
  return credentials.device;
}

/** The device that has a journal here, if it is one: the configured one, where a name is configured. */
async function nameOfJournal(dataDirectory: string, device: string | undefined): Promise<string | undefined> {
  const entries = await readdir(dataDirectory, { withFileTypes: true }).catch(() => []);
  const names = entries.filter((entry) => entry.isDirectory() && DEVICE_ID.test(entry.name));
  const known: string[] = [];
  for (const { name } of names) {
    const files = await readdir(join(dataDirectory, name, "journal")).catch(() => []);
    if (files.length > 0 && (device === undefined || name === device)) known.push(name);
  }
  return known.length === 1 ? known[0] : undefined;
}
