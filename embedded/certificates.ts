/**
 * What keeps certificates alive in the embedded platform: the server at which devices enrol and renew, and our own renewal.
 */
import {
  ensureDevelopmentPki,
  startEst,
  type DevelopmentPki,
  type DevelopmentPkiOptions,
  type EstConfig,
  type EstServer,
} from "@smp/certs";
import { PlatformError } from "@smp/schemas";
import type { Logger } from "pino";
import type { Closable } from "../services/process/process.ts";

const RENEWAL_MS = 12 * 3_600_000;
const LOOK_MS = 60_000;

/** Makes what certificates are missing, and keeps them; devices renew their own by EST. */
export async function startCertificates(
  options: DevelopmentPkiOptions,
  logger: Logger,
): Promise<DevelopmentPki & Closable> {
  const pki = await ensureDevelopmentPki(options);
  for (const notice of pki.notices) logger.info(notice);
  return { ...pki, ...keepCertificates({ ...options, devices: [] }, logger) };
}

/**
 * Renews the broker's and the tap's certificates while the platform runs; the broker takes them over by itself. Also at once
 * when the clock was set: a computer that was off for months may begin with the time of its end.
 */
export function keepCertificates(options: DevelopmentPkiOptions, logger: Logger): Closable {
  let renewedMs = Date.now();
  const renew = (): void => {
    if (Math.abs(Date.now() - renewedMs) < RENEWAL_MS) return;
    renewedMs = Date.now();
    void ensureDevelopmentPki(options).then(
      ({ notices }) => notices.forEach((notice) => logger.info(notice)),
      (error: unknown) => logger.error({ err: error }, "the certificates could not be renewed"),
    );
  };
  const timer = setInterval(renew, LOOK_MS);
  timer.unref();
  return { close: async () => clearInterval(timer) };
}

/** Without it readings flow all the same: devices then cannot enrol or renew, which is said. */
export async function startEnrolment(config: EstConfig, logger: Logger): Promise<EstServer | undefined> {
  try {
    return await startEst(config, { log: logger });
  } catch (error) {
    if (!(error instanceof PlatformError)) throw error;
    logger.warn(`devices cannot enrol or renew their certificates: ${error.message}`);
    return undefined;
  }
}
