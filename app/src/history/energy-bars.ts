import type { EnergyBucket } from "@smp/schemas/api";
import type { Bar } from "../charts/bar.ts";
import { coverageText, energyText } from "../format/numbers.ts";
import {
  dayNumber,
  dayText,
  hoursText,
  hourText,
  monthShortText,
  monthText,
  weekdayText,
} from "../format/times.ts";
import { text } from "../i18n.ts";
import type { Period, Span } from "../time/period.ts";

/** What a bucket is called on the axis, and in full. */
export function axisLabel(period: Period, startMs: number, tz: string, width: number): string {
  if (period === "day") return String(Number(hourText(startMs, tz).slice(0, 2)));
  if (period === "week") return weekdayText(startMs, tz);
  if (period === "month") return dayNumber(startMs, tz);
  return monthShortText(startMs, tz, width);
}

export function bucketTitle(period: Period, startMs: number, endMs: number, tz: string): string {
  if (period === "day") return `${dayText(startMs, tz)}, ${hoursText(startMs, endMs, tz)}`;
  if (period === "year") return monthText(startMs, tz);
  return dayText(startMs, tz, { long: true });
}

/** Where the same bar stands in another period: the same hour of the clock, weekday, day or month. */
function pairKey(period: Period, startMs: number, span: Span): string {
  if (period === "day") return hourText(startMs, span.tz);
  if (period === "week") return weekdayText(startMs, span.tz);
  if (period === "month") return dayNumber(startMs, span.tz);
  return monthShortText(startMs, span.tz, 99);
}

function spoken(bucket: EnergyBucket, title: string, future: boolean): string {
  if (future) return `${title}: ${text("history.future")}`;
  if (bucket.import_kwh === null && bucket.export_kwh === null) return `${title}: ${text("noData")}`;
  const parts = [
    bucket.import_kwh === null ? "" : `${energyText(bucket.import_kwh)} ${text("imported")}`,
    bucket.export_kwh === null || bucket.export_kwh === 0
      ? ""
      : `${energyText(bucket.export_kwh)} ${text("exported")}`,
    bucket.coverage < 1 ? text("coverage", { percent: coverageText(bucket.coverage) }) : "",
  ];
  return `${title}: ${parts.filter((part) => part !== "").join(", ")}`;
}

/** The bars of a period's energy; `others`: the buckets of the period that it is compared with. */
export function energyBars(
  buckets: readonly EnergyBucket[],
  span: Span,
  nowMs: number,
  width: number,
  firstMs: number,
  others?: { buckets: readonly EnergyBucket[]; span: Span },
): Bar[] {
  const pairs = new Map(
    others?.buckets.map((bucket) => [pairKey(span.period, Date.parse(bucket.start), others.span), bucket]),
  );
  return buckets.map((bucket) => {
    const start = Date.parse(bucket.start);
    const end = Date.parse(bucket.end);
    // Before the meter's first reading nothing is missing.
    const outside = start >= nowMs || end <= firstMs;
    const pair = pairs.get(pairKey(span.period, start, span));
    const title = bucketTitle(span.period, start, end, span.tz);
    return {
      key: bucket.start,
      label: axisLabel(span.period, start, span.tz, width),
      spoken: spoken(bucket, title, start >= nowMs),
      up: bucket.import_kwh,
      down: bucket.export_kwh,
      upHatched: bucket.import_unallocated_kwh,
      downHatched: bucket.export_unallocated_kwh,
      ghostUp: pair?.import_kwh ?? null,
      ghostDown: pair?.export_kwh ?? null,
      missing: outside ? 0 : 1 - bucket.coverage,
      outside,
    };
  });
}
