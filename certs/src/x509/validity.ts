import { DAY_MS, HOUR_MS } from "@smp/schemas";

export interface Validity {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/**
 * From one hour ago, because clocks of devices lag, for a number of days; never beyond the issuer's own end. What lives less
 * than two hours begins less early, or most of its life would be over when it is issued.
 */
export function validity(now: Date, days: number, issuerNotAfter?: Date): Validity {
  const second = Math.floor(now.getTime() / 1000) * 1000;
  const wanted = second + Math.round(days * DAY_MS);
  return {
    notBefore: new Date(second - Math.min(HOUR_MS, Math.round((days * DAY_MS) / 2_000) * 1_000)),
    notAfter: new Date(Math.min(wanted, issuerNotAfter?.getTime() ?? wanted)),
  };
}

/** Whether less than a third of a certificate's life is left. */
export const isDueForRenewal = ({ notBefore, notAfter }: Validity, now: Date): boolean =>
  notAfter.getTime() - now.getTime() < (notAfter.getTime() - notBefore.getTime()) / 3;
