import { bucketBounds, QUARTER_HOUR_MS, type NormalisedReading, type Resolution } from "@smp/schemas";
import type { Bucket } from "../src/index.ts";

/** The energy rule once more, slowly and from the raw readings alone: what both engines must agree with to the Wh. */
export function oracle(
  history: readonly NormalisedReading[],
  range: { from: number; to: number; resolution: Resolution; tz: string },
): Bucket[] {
  const stored = [...new Map(history.map((reading) => [reading.t, reading])).values()].sort(
    (a, b) => a.t - b.t,
  );
  const bounds = bucketBounds(range.from, range.to, range.resolution, range.tz);
  return bounds.slice(0, -1).flatMap((from, index) => {
    const to = bounds[index + 1] ?? 0;
    const inside = stored.filter(({ t }) => t >= from && t < to);
    if (inside.length === 0) return [];
    const watts = inside.flatMap(({ r }) => r["1-0:16.7.0"] ?? []);
    const imported = energy(stored, "1-0:1.8.0", from, to);
    const exported = energy(stored, "1-0:2.8.0", from, to);
    return {
      meter: inside[0]?.meter ?? "",
      from,
      to,
      importWh: imported.wh,
      exportWh: exported.wh,
      importUnallocatedWh: imported.unallocatedWh,
      exportUnallocatedWh: exported.unallocatedWh,
      powerAvgW: watts.length === 0 ? null : watts.reduce((a, b) => a + b, 0) / watts.length,
      powerMinW: watts.length === 0 ? null : Math.min(...watts),
      powerMaxW: watts.length === 0 ? null : Math.max(...watts),
      quartersSeen: new Set(inside.map(({ t }) => Math.floor(t / QUARTER_HOUR_MS))).size,
      quarters: (to - from) / QUARTER_HOUR_MS,
      readings: inside.length,
    };
  });
}

function energy(stored: readonly NormalisedReading[], code: string, from: number, to: number) {
  const counts = stored.flatMap(({ t, r, quality }) => {
    const value = r[code];
    return value === undefined || quality?.includes("suspect") ? [] : [{ t, value }];
  });
  let wh: number | null = null;
  let unallocatedWh = 0;
  for (const [index, before] of counts.entries()) {
    const after = counts[index + 1];
    if (!after || before.t < from || before.t >= to) continue;
    const step = Math.max(after.value - before.value, 0);
    const quarters = Math.floor(after.t / QUARTER_HOUR_MS) - Math.floor(before.t / QUARTER_HOUR_MS);
    if (quarters > 1 && after.t > to) continue;
    wh = (wh ?? 0) + step;
    if (quarters > 1) unallocatedWh += step;
  }
  return { wh, unallocatedWh };
}
