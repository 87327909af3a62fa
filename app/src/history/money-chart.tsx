import type { CostBucket, CostSeries, EnergySeries } from "@smp/schemas/api";
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { stepTo, type Bar } from "../charts/bar.ts";
import { Bars } from "../charts/bars.tsx";
import { moneyFlows } from "../costs/flows.ts";
import { CostNotes } from "../costs/split.tsx";
import { currencyUnit, moneyText } from "../format/numbers.ts";
import { text } from "../i18n.ts";
import { minuteMs } from "../state/clock.ts";
import type { Span } from "../time/period.ts";
import { ChartFrame } from "../ui/chart-frame.tsx";
import { BucketSheet } from "./bucket-sheet.tsx";
import { axisLabel, bucketTitle } from "./energy-bars.ts";
import { spanTitle } from "./period-bar.tsx";

/** Above the line what went out, which is work price and base fee; below it what came in, which is feed-in. */
function moneyBar(bucket: CostBucket, span: Span, currency: string, nowMs: number): Bar {
  const start = Date.parse(bucket.start);
  const title = bucketTitle(span.period, start, Date.parse(bucket.end), span.tz);
  const outside = start >= nowMs;
  const flows = moneyFlows(bucket);
  return {
    key: bucket.start,
    label: axisLabel(span.period, start, span.tz, 360),
    spoken: `${title}: ${bucket.total === null ? text("noData") : moneyText(bucket.total, currency)}`,
    up: bucket.total === null ? null : flows.out,
    down: bucket.total === null ? null : flows.in,
    upHatched: 0,
    downHatched: 0,
    ghostUp: null,
    ghostDown: null,
    missing: outside || bucket.total !== null ? 0 : 1,
    outside,
  };
}

export interface MoneyChartProps {
  meter: string;
  cost: CostSeries;
  energy: EnergySeries;
  span: Span;
}

/** A period's money as bars. */
export function MoneyChart({ meter, cost, energy, span }: MoneyChartProps): VNode {
  const [selected, select] = useState<number | null>(null);
  const [open, setOpen] = useState(false);
  const currency = cost.currency ?? "EUR";
  const bars = cost.buckets.map((bucket) => moneyBar(bucket, span, currency, minuteMs.value));
  const bucket = selected === null ? undefined : energy.buckets[selected];
  const money = (amount: string | null): string => (amount === null ? "–" : moneyText(amount, currency));
  const { total } = cost;
  return (
    <>
      <ChartFrame
        title={text("nav.costs")}
        summary={text("cost.sentence", {
          period: spanTitle(span),
          total: money(total.total),
          energy: money(total.import_cost),
          base: money(total.base_fee),
          credit: money(total.export_credit),
        })}
        table={() => ({
          head: [
            text("time"),
            text("cost.energy"),
            text("cost.base"),
            text("cost.credit"),
            text("cost.total"),
          ],
          rows: cost.buckets
            .filter(({ start }) => Date.parse(start) < minuteMs.value)
            .map((row) => [
              bucketTitle(span.period, Date.parse(row.start), Date.parse(row.end), span.tz),
              money(row.import_cost),
              money(row.base_fee),
              money(row.export_credit),
              money(row.total),
            ]),
        })}
        foot={
          <ul class="legend" role="list">
            <li class="key-money">{text("cost.spent")}</li>
            <li class="key-export">{text("cost.credit")}</li>
          </ul>
        }
      >
        <Bars
          label={text("history.moneyLabel", { period: spanTitle(span) })}
          bars={bars}
          unit={currencyUnit(currency)}
          kind="money"
          selected={selected}
          onSelect={select}
          onOpen={(index) => !bars[index]?.outside && setOpen(true)}
        />
      </ChartFrame>
      <CostNotes bucket={total} />
      {open && bucket && selected !== null && (
        <BucketSheet
          meter={meter}
          span={span}
          bucket={bucket}
          onClose={() => setOpen(false)}
          onStep={(steps) => stepTo(bars, selected + steps, select)}
        />
      )}
    </>
  );
}
