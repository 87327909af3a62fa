import { DAY_MS } from "@smp/schemas";
import type { Logger } from "pino";

const WARNING_DAYS = 30;

export interface Validity {
  /** Unix ms UTC. */
  validFrom: number;
  expires: number;
}

/**
 * Warns once a day when 30 days of a certificate are left, of a shorter one a quarter of its life: until then it should have
 * renewed itself.
 */
export function certificateWatch(
  log: Logger,
  now: () => number = Date.now,
): { check(validity: Validity): void; close(): void } {
  let known: Validity = { validFrom: -Infinity, expires: Infinity };
  let warnedMs = -Infinity;
  const warn = (): void => {
    const { validFrom, expires } = known;
    const leftMs = expires - now();
    const days = leftMs / DAY_MS;
    if (days > WARNING_DAYS || leftMs > (expires - validFrom) / 4 || Math.abs(now() - warnedMs) < DAY_MS)
      return;
    warnedMs = now();
    const mend =
      'see why it was not renewed at the enrolment server (SMP_EST_URL), or issue a new one with "smp device renew NAME" and copy its files into the certificates\' folder; no restart is needed';
    if (days <= 0) log.error(`the device's certificate has expired: ${mend}`);
    else
      log.warn(
        { days: Math.floor(days) },
        `the device's certificate expires in ${Math.floor(days)} days: ${mend}`,
      );
  };
  const timer = setInterval(warn, DAY_MS / 4);
  timer.unref();
  return {
    check(validity) {
      known = validity;
      warn();
    },
    close: () => clearInterval(timer),
  };
}
