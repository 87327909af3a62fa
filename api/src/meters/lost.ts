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
  const looked = gaps.slice(0, GAPS_MAX);
  const numbers = await sequenceNumbers(store, meter, looked);
  const isLoss = ({ reason, from, to }: Gap): boolean => {
    const [before, after] = [numbers.get(from), numbers.get(to)];
    // A new journal begins at a lower number: that says nothing about what was before.
    return reason === "no-readings" && before !== undefined && after !== undefined && after > before + 1;
  };
  const judged = looked.map((gap): Gap => (isLoss(gap) ? { ...gap, reason: "lost" } : gap));
  return [...judged, ...gaps.slice(GAPS_MAX)];
}

/** The numbers at the ends of the gaps. Of gaps that meet, as an hourly meter's do, one question gets all: nothing else lies there. */
async function sequenceNumbers(
  store: Store,
  meter: string,
  gaps: readonly Gap[],
): Promise<ReadonlyMap<number, number>> {
  const numbers = new Map<number, number>();
  for (const { from, to } of joined(gaps))
    for await (const readings of store.raw({ meter, from, to: to + 1 }))
      for (const { t, s } of readings) if (s !== undefined) numbers.set(t, s);
  return numbers;
}

/** Gaps that meet in a reading, as one stretch. */
function joined(gaps: readonly Gap[]): { from: number; to: number }[] {
  const stretches: { from: number; to: number }[] = [];
  for (const { from, to } of gaps) {
    const last = stretches.at(-1);
    if (last?.to === from) last.to = to;
    else stretches.push({ from, to });
  }
  return stretches;
}
