import { deviceOf } from "@smp/schemas";
import type { Gap, Store } from "@smp/store";

/** Gaps whose sequence numbers are looked at; those beyond keep their reason. */
const GAPS_MAX = 200;

/**
 * The gaps with the reason `lost` where the numbers of the device's journal (`s`) on both sides say that it made readings in
 * between that never arrived. Several meters share their device's numbers, so that only a device's only meter is judged.
 */
export async function withLost(store: Store, meter: string, gaps: readonly Gap[]): Promise<Gap[]> {
  if (!gaps.some(({ reason }) => reason === "no-readings")) return [...gaps];
  const device = deviceOf(meter);
  const siblings = (await store.meters()).filter((one) => deviceOf(one.meter) === device);
  if (siblings.length > 1) return [...gaps];
  const judged: Gap[] = [];
  for (const gap of gaps.slice(0, GAPS_MAX))
    judged.push(
      gap.reason === "no-readings" && (await isLoss(store, meter, gap)) ? { ...gap, reason: "lost" } : gap,
    );
  return [...judged, ...gaps.slice(GAPS_MAX)];
}

async function isLoss(store: Store, meter: string, { from, to }: Gap): Promise<boolean> {
  const before = await sequenceAt(store, meter, from);
  const after = await sequenceAt(store, meter, to);
  // A new journal begins at a lower number: that says nothing about what was before.
  return before !== undefined && after !== undefined && after > before + 1;
}

async function sequenceAt(store: Store, meter: string, t: number): Promise<number | undefined> {
  for await (const readings of store.raw({ meter, from: t, to: t + 1, limit: 1 })) return readings[0]?.s;
  return undefined;
}
