/** What one device did, as it knows itself. */
export interface Ledger {
  meter: string;
  /** Reading time to value, for every reading that the device ever sent. */
  sent: ReadonlyMap<number, number>;
  /** Reading times whose PUBACK reached the device. */
  acknowledged: ReadonlySet<number>;
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
