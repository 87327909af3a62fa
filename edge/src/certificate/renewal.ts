import { HOUR_MS, MINUTE_MS, PlatformError } from "@smp/schemas";
import { readCredentials, type Credentials } from "./credentials.ts";
import type { Logger } from "pino";
import { discardNextKey, nextKey, takeOver } from "./files.ts";
import { requestCertificate } from "./est-client.ts";

/** RFC 7030 leaves it open; two thirds leave a third for trying. The jitter keeps devices of one batch apart. */
const DUE_SHARE = 2 / 3;
const JITTER = 0.1;
/** The broker learns of the new certificate by the registry's file; until then the present connection goes on. */
const SETTLE_MS = 2_000;

export interface RenewalOptions {
  /** Folder with ca.crt, client.crt and client.key; it must be writable. */
  readonly directory: string;
  /** The enrolment server: `https://host:8085`. */
  readonly url: string;
  readonly settleMs?: number;
}

export interface RenewalPorts {
  readonly log: Logger;
  /** Called when the new certificate is in place and the broker should know it. */
  readonly onRenewed: () => void;
  /** Wall clock, ms. */
  readonly now?: () => number;
  readonly random?: () => number;
}

export interface Renewal {
  /** Renews if it is time to; done every minute. Never rejects: what fails is logged and tried again. */
  check(): Promise<void>;
  /** How often the certificate was renewed. */
  readonly renewals: number;
  close(): Promise<void>;
}

/** Renews the device's certificate by itself at two thirds of its life, with a new key that never leaves the device. */
export function startRenewal(options: RenewalOptions, ports: RenewalPorts): Renewal {
  const { directory, url, settleMs = SETTLE_MS } = options;
  const { log, onRenewed, now = Date.now, random = Math.random } = ports;
  let renewals = 0;
  /** The last attempt, and how long the next one waits. A wall clock may be set back: what lies before it is no wait. */
  let [triedMs, waitMs] = [-Infinity, 0];
  let due: { expires: number; atMs: number } | undefined;
  let working: Promise<void> | undefined;
  let settling: NodeJS.Timeout | undefined;

  /** One draw for each certificate. */
  function dueAtMs({ validFrom, expires }: Credentials): number {
    if (due?.expires !== expires) {
      const share = DUE_SHARE * (1 + JITTER * (2 * random() - 1));
      due = { expires, atMs: validFrom + (expires - validFrom) * share };
    }
    return due.atMs;
  }

  async function renewIfDue(): Promise<void> {
    const nowMs = now();
    if (nowMs >= triedMs && nowMs < triedMs + waitMs) return;
    const credentials = await readCredentials(directory);
    const { device, ca, cert, key, validFrom, expires } = credentials;
    // Before its beginning, this machine's clock is wrong, and nothing can be said of its end.
    if (nowMs < validFrom || nowMs < dueAtMs(credentials)) return;
    // If it fails: 24 attempts in a life, but at least one an hour.
    const lifeMs = expires - validFrom;
    [triedMs, waitMs] = [nowMs, Math.min(HOUR_MS, lifeMs / 24) * (0.75 + random() / 2)];
    const privateKey = nextKey(directory);
    const credential = { cert, key };
    const next = await requestCertificate({ url, ca, device, privateKey, credential }).catch(
      (error: unknown) => {
        // It may be this very key that is refused for good: its certificate never arrived, and was revoked with its device.
        if (error instanceof PlatformError && !error.retryable) discardNextKey(directory);
        throw error;
      },
    );
    takeOver(directory, next);
    renewals += 1;
    waitMs = lifeMs / 10; // an answer that is due at once, by clocks that differ, must not go round in circles
    const { expires: until } = await readCredentials(directory);
    log.info(`the device's certificate was renewed; it is valid until ${new Date(until).toISOString()}`);
    settling = setTimeout(onRenewed, settleMs);
  }

  const check = (): Promise<void> =>
    (working ??= renewIfDue()
      .catch((error: unknown) =>
        log.warn(
          { tryAgain: new Date(triedMs + waitMs).toISOString() },
          `the device's certificate could not be renewed at ${url}: ${describe(error, directory)}`,
        ),
      )
      .finally(() => (working = undefined)));
  const timer = setInterval(() => void check(), MINUTE_MS);
  timer.unref();
  void check();
  return {
    check,
    get renewals() {
      return renewals;
    },
    async close() {
      clearInterval(timer);
      await working;
      clearTimeout(settling);
    },
  };
}

function describe(error: unknown, directory: string): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === "EACCES" || code === "EROFS" || code === "EPERM"
    ? `${directory} must be writable for the new key and certificate (${message}); or switch renewal off with SMP_EST_URL=off`
    : message;
}
