import { DAY_MS, QUARTER_HOUR_MS } from "@smp/schemas";
import type { EnergyBucket, EnergySeries, GapList } from "@smp/schemas/api";

type Gap = GapList["gaps"][number];

/** So many distances, nearly all of them the same, make a rhythm. */
const DISTANCES_MIN = 3;
const SHARE_MIN = 0.8;
const TOLERANCE = 0.1;

const lengthMs = ({ start, end }: Pick<Gap, "start" | "end">): number => Date.parse(end) - Date.parse(start);

/**
 * How far apart the readings of a meter lie that sends less often than every quarter hour, such as once an hour. The platform
 * knows no meter's rhythm, and tells each stretch between two such readings as a gap; but gaps of one length that meet in single
 * readings are the meter's own doing. Undefined: there is no such rhythm.
 */
export function rhythmOf(gaps: readonly Gap[]): number | undefined {
  const distances = gaps.flatMap((gap, index) =>
    gap.reason === "no-readings" && (gaps[index + 1]?.start === gap.end || gaps[index - 1]?.end === gap.start)
      ? [lengthMs(gap)]
      : [],
  );
  const median = distances.toSorted((a, b) => a - b)[distances.length >> 1];
  if (median === undefined || median > DAY_MS * (1 + TOLERANCE)) return undefined;
  const alike = distances.filter((distance) => Math.abs(distance - median) <= median * TOLERANCE);
  return alike.length >= DISTANCES_MIN && alike.length >= gaps.length * SHARE_MIN ? median : undefined;
}

/** The platform cuts a share off after three places: that is half of what it may have cut. */
const CUT_OFF = 0.0005;

/** Of the readings that a rhythm lets one expect, the share that is there; from the share of quarter hours with a reading. */
export const coverageBy = (rhythmMs: number | undefined, coverage: number): number =>
  rhythmMs === undefined || coverage === 0
    ? coverage
    : Math.min(1, ((coverage + CUT_OFF) * rhythmMs) / QUARTER_HOUR_MS);

/** The gaps in which at least one reading of the rhythm is missing. */
export const realGaps = (gaps: readonly Gap[], rhythmMs: number): Gap[] =>
  gaps.filter((gap) => gap.reason !== "no-readings" || lengthMs(gap) > rhythmMs * 1.5);

/** Of a rhythm's gaps all that `byRhythm` needs: those that lie in one bar, and that the rhythm explains, tell it nothing. */
export const tellingGaps = (gaps: readonly Gap[], rhythmMs: number, bounds: readonly number[]): Gap[] => {
  const real = new Set(realGaps(gaps, rhythmMs));
  return gaps.filter(
    (gap) => real.has(gap) || bounds.some((at) => Date.parse(gap.start) < at && at < Date.parse(gap.end)),
  );
};

interface Stretch {
  fromMs: number;
  toMs: number;
  isReal: boolean;
  importKwh: number;
  exportKwh: number;
}
type Time = Pick<EnergyBucket, "start" | "end">;

const insideOf = (stretches: readonly Stretch[], { start, end }: Time): Stretch[] => {
  const [fromMs, toMs] = [Date.parse(start), Date.parse(end)];
  return stretches.filter((stretch) => stretch.fromMs >= fromMs && stretch.toMs <= toMs);
};
const sumOf = (stretches: readonly Stretch[], name: "importKwh" | "exportKwh"): number =>
  Math.round(stretches.reduce((sum, stretch) => sum + stretch[name], 0) * 1000) / 1000;

/** A bucket as the rhythm lets one expect it, with the energy of `unsure` as that of unknown time. */
function counted(
  bucket: EnergyBucket,
  unsure: readonly Stretch[],
  rhythmMs: number,
  nowMs: number,
): EnergyBucket {
  if (bucket.import_kwh === null && bucket.export_kwh === null) return bucket;
  const passedMs = Math.min(Date.parse(bucket.end), nowMs) - Date.parse(bucket.start);
  const expected = Math.max(1, Math.floor(passedMs / rhythmMs));
  return {
    ...bucket,
    coverage: Math.min(1, bucket.readings / expected),
    import_unallocated_kwh: sumOf(unsure, "importKwh"),
    export_unallocated_kwh: sumOf(unsure, "exportKwh"),
  };
}

/** A bucket with the energy of stretches that begin in it and end after it: it has that, but not for sure. */
function withBegun(bucket: EnergyBucket, begun: readonly Stretch[]): EnergyBucket {
  if (begun.length === 0) return bucket;
  const plus = (kwh: number | null, name: "importKwh" | "exportKwh"): number | null => {
    const more = sumOf(begun, name);
    return kwh === null && more === 0 ? null : Math.round(((kwh ?? 0) + more) * 1000) / 1000;
  };
  return {
    ...bucket,
    import_kwh: plus(bucket.import_kwh, "importKwh"),
    export_kwh: plus(bucket.export_kwh, "exportKwh"),
  };
}

const beginsIn = ({ fromMs }: Stretch, { start, end }: Time): boolean =>
  fromMs >= Date.parse(start) && fromMs < Date.parse(end);

/**
 * A series by the meter's own rhythm: what passed between two of its readings in one bar is that bar's for sure. What passed
 * across the bounds of two bars is shown in the first of them, as energy of unknown time, unless the bars are shorter than the
 * rhythm.
 */
export function byRhythm<T extends Pick<EnergySeries, "total" | "buckets">>(
  series: T,
  gaps: readonly Gap[],
  rhythmMs: number,
  nowMs: number,
): T {
  const real = new Set(realGaps(gaps, rhythmMs));
  const stretches = gaps.map((gap) => ({
    fromMs: Date.parse(gap.start),
    toMs: Date.parse(gap.end),
    isReal: real.has(gap),
    importKwh: gap.import_unallocated_kwh ?? 0,
    exportKwh: gap.export_unallocated_kwh ?? 0,
  }));
  const bars = series.buckets.map((bucket) => insideOf(stretches, bucket));
  const sure = new Set(bars.flat().filter(({ isReal }) => !isReal));
  const unsure = insideOf(stretches, series.total).filter((stretch) => !sure.has(stretch));
  const crossing = unsure.filter((stretch) => !stretch.isReal);
  const buckets = series.buckets.map((bucket, index) => {
    const begun = lengthMs(bucket) < rhythmMs ? [] : crossing.filter((stretch) => beginsIn(stretch, bucket));
    const lost = (bars[index] ?? []).filter(({ isReal }) => isReal);
    return counted(withBegun(bucket, begun), [...lost, ...begun], rhythmMs, nowMs);
  });
  return { ...series, total: counted(series.total, unsure, rhythmMs, nowMs), buckets };
}

/** A total alone, without bars: what passed between two readings in it is its own for sure, whichever hour that was. */
export const totalByRhythm = (
  total: EnergyBucket,
  gaps: readonly Gap[],
  rhythmMs: number,
  nowMs: number,
): EnergyBucket => byRhythm({ total, buckets: [total] }, gaps, rhythmMs, nowMs).total;
