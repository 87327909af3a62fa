import type { Logger } from "pino";

const DAY_MS = 86_400_000;
const WARNING_DAYS = 30;

/** Warns once a day from 30 days before a certificate expires. */
export function certificateWatch(
  log: Logger,
  now: () => number = Date.now,
): { check(expires: number): void; close(): void } {
  let expiresMs = Infinity;
  let warnedMs = -Infinity;
  const warn = (): void => {
    const days = (expiresMs - now()) / DAY_MS;
    if (days > WARNING_DAYS || now() - warnedMs < DAY_MS) return;
    warnedMs = now();
    const mend =
      'issue a new one with "smp device add NAME --force" and copy its files into the certificates\' folder; no restart is needed';
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
    check(expires) {
      expiresMs = expires;
      warn();
    },
    close: () => clearInterval(timer),
  };
}
