import type { RejectedMessage } from "@smp/schemas";

/** What one device did, as it knows itself. */
export interface Ledger {
  meter: string;
  /** Reading time to value, for every reading that the device ever sent. */
  sent: ReadonlyMap<number, number>;
  /** Reading times whose PUBACK reached the device. */
  acknowledged: ReadonlySet<number>;
  /** Times of impossible readings whose PUBACK reached the device: these must be found among the rejected. */
  rejected?: ReadonlySet<number>;
}

export interface StoredReading {
  t: number;
  value: number;
}

export interface Verdict {
  acknowledged: number;
  stored: number;
  /** Acknowledged, but not in the store. */
  lost: number;
  /** In the store more than once. */
  doubled: number;
  /** In the store with another value than was sent, or never sent at all. */
  invented: number;
}

/** Compares what devices were promised with what the store holds. */
export function judge(
  ledgers: readonly Ledger[],
  storedOf: (meter: string) => readonly StoredReading[],
): Verdict {
  const verdict: Verdict = { acknowledged: 0, stored: 0, lost: 0, doubled: 0, invented: 0 };
  for (const { meter, sent, acknowledged } of ledgers) {
    const rows = storedOf(meter);
    const times = new Set(rows.map(({ t }) => t));
    verdict.acknowledged += acknowledged.size;
    verdict.stored += rows.length;
    verdict.doubled += rows.length - times.size;
    verdict.lost += [...acknowledged].filter((t) => !times.has(t)).length;
    verdict.invented += rows.filter(({ t, value }) => sent.get(t) !== value).length;
  }
  return verdict;
}

export interface RejectionVerdict {
  /** Impossible readings that were acknowledged. */
  acknowledged: number;
  /** Of these, the ones that nothing is left of. */
  lost: number;
  /** Rejections, of these, that do not say why. */
  unexplained: number;
  /** Rejections of readings that were right. */
  unjust: number;
}

/** Compares the impossible readings that devices sent with what is kept of rejected messages. */
export function judgeRejected(
  ledgers: readonly Ledger[],
  rejectedOf: (device: string) => readonly Pick<RejectedMessage, "payload" | "code" | "detail">[],
): RejectionVerdict {
  const verdict: RejectionVerdict = { acknowledged: 0, lost: 0, unexplained: 0, unjust: 0 };
  for (const { meter, sent, rejected = new Set<number>() } of ledgers) {
    const kept = rejectedOf(meter);
    const timeOf = ({ payload }: Pick<RejectedMessage, "payload">): number =>
      (JSON.parse(Buffer.from(payload, "base64").toString()) as { t: number }).t;
    const times = new Set(kept.map(timeOf));
    verdict.acknowledged += rejected.size;
    verdict.lost += [...rejected].filter((t) => !times.has(t)).length;
    verdict.unexplained += kept.filter(({ code, detail }) => !code || !detail).length;
    verdict.unjust += [...times].filter((t) => sent.has(t)).length;
  }
  return verdict;
}
