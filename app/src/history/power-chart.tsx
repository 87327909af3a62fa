import type { PowerSeries } from "@smp/schemas/api";
import type { VNode } from "preact";
import { powerText } from "../format/numbers.ts";
import { clockText, dayText, hourText } from "../format/times.ts";
import { text } from "../i18n.ts";
import type { Span } from "../time/period.ts";
import { ChartFrame } from "../ui/chart-frame.tsx";
import { useModule } from "../ui/use-module.ts";
import { spanTitle } from "./period-bar.tsx";

const loadCurve = () => import("../charts/power-curve.tsx");

/** Power over a period: mean with the band between least and most. The drawing library comes only with the first such chart. */
export function PowerChart({ series, span }: { series: PowerSeries; span: Span }): VNode {
  const curve = useModule(loadCurve);
  const seen = series.buckets.filter((bucket) => bucket.avg_w !== null);
  const most = seen.toSorted((a, b) => (b.max_w ?? b.avg_w ?? 0) - (a.max_w ?? a.avg_w ?? 0))[0];
  const time = (iso: string): string => {
    const ms = Date.parse(iso);
    if (span.period === "day") return hourText(ms, span.tz);
    return series.resolution === "day" ? dayText(ms, span.tz) : clockText(ms, span.tz);
  };
  const value = (watt: number | null): string => (watt === null ? text("noData") : powerText(watt));
  const summary = most
    ? text("power.sentence", {
        period: spanTitle(span),
        min: powerText(Math.min(...seen.map((bucket) => bucket.min_w ?? bucket.avg_w ?? 0))),
        max: powerText(most.max_w ?? most.avg_w ?? 0),
        when: time(most.start),
      })
    : text("power.none", { period: spanTitle(span) });
  return (
    <ChartFrame
      title={text("power")}
      summary={summary}
      table={() => ({
        head: [text("time"), text("mean"), text("least"), text("most")],
        rows: series.buckets.map((bucket) => [
          time(bucket.start),
          value(bucket.avg_w),
          value(bucket.min_w),
          value(bucket.max_w),
        ]),
      })}
      foot={<p class="note">{text("power.zoomHint")}</p>}
    >
      <div class="power-curve">
        {curve instanceof Error ? (
          <p role="alert">{text("failure.module")}</p>
        ) : curve ? (
          <curve.PowerCurve series={series} tz={span.tz} />
        ) : null}
      </div>
    </ChartFrame>
  );
}
