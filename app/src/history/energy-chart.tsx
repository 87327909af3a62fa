import type { EnergySeries } from "@smp/schemas/api";
import { useState } from "preact/hooks";
import type { VNode } from "preact";
import { stepTo } from "../charts/bar.ts";
import { Bars } from "../charts/bars.tsx";
import { coverageText, energyText } from "../format/numbers.ts";
import { text } from "../i18n.ts";
import { minuteMs } from "../state/clock.ts";
import { meter } from "../state/meters.ts";
import type { Span } from "../time/period.ts";
import { ChartFrame, type TableData } from "../ui/chart-frame.tsx";
import { BucketSheet } from "./bucket-sheet.tsx";
import { bucketTitle, energyBars } from "./energy-bars.ts";
import { spanTitle } from "./period-bar.tsx";

export interface EnergyChartProps {
  meter: string;
  series: EnergySeries;
  span: Span;
  others: { series: EnergySeries; span: Span } | undefined;
}

const orNone = (kwh: number | null): string => (kwh === null ? text("noData") : energyText(kwh));

/** What a period's energy says in one sentence: of what came in, or of what went out where the meter counts nothing else. */
function energySentence({ series, span }: Pick<EnergyChartProps, "series" | "span">): string {
  const { total, buckets } = series;
  const period = spanTitle(span);
  const name = total.import_kwh === null ? "export_kwh" : "import_kwh";
  const known = total[name];
  if (known === null) {
    // One reading is no difference of two.
    const isEmpty = buckets.every((bucket) => bucket.coverage === 0);
    return text(isEmpty ? "history.sentenceEmpty" : "history.sentenceFew", { period });
  }
  const energy = energyText(known);
  const word = text(name === "import_kwh" ? "imported" : "exported");
  const seen = buckets.filter((bucket) => bucket[name] !== null);
  const most = seen.toSorted((a, b) => (b[name] ?? 0) - (a[name] ?? 0))[0];
  if (!most) return text("history.sentenceWhole", { period, energy, word });
  const peak = {
    most: energyText(most[name] ?? 0),
    when: bucketTitle(span.period, Date.parse(most.start), Date.parse(most.end), span.tz),
  };
  return total.import_kwh !== null && total.export_kwh
    ? text("history.sentenceBoth", { period, import: energy, export: energyText(total.export_kwh), ...peak })
    : text("history.sentence", { period, energy, word, ...peak });
}

function energyTable({ series, span }: EnergyChartProps): TableData {
  return {
    head: [text("time"), text("import"), text("export"), text("withoutTime"), text("coverageWord")],
    rows: series.buckets
      .filter((bucket) => Date.parse(bucket.start) < minuteMs.value)
      .map((bucket) => [
        bucketTitle(span.period, Date.parse(bucket.start), Date.parse(bucket.end), span.tz),
        orNone(bucket.import_kwh),
        orNone(bucket.export_kwh),
        energyText(bucket.import_unallocated_kwh + bucket.export_unallocated_kwh),
        coverageText(bucket.coverage),
      ]),
  };
}

/** Energy as bars: import up, export down; a tap opens what is behind a bar. */
export function EnergyChart(props: EnergyChartProps): VNode {
  const { series, span, others } = props;
  const [selected, select] = useState<number | null>(null);
  const [open, setOpen] = useState(false);
  const bars = energyBars(
    series.buckets,
    span,
    minuteMs.value,
    360,
    Date.parse(meter.value?.first ?? ""),
    others && { buckets: others.series.buckets, span: others.span },
  );
  const bucket = selected === null ? undefined : series.buckets[selected];
  return (
    <>
      <ChartFrame
        title={text("energy")}
        summary={energySentence(props)}
        table={() => energyTable(props)}
        foot={<Legend others={others !== undefined} exports={(series.total.export_kwh ?? 0) > 0} />}
      >
        <Bars
          label={text("history.barsLabel", { period: spanTitle(span) })}
          bars={bars}
          unit="kWh"
          kind="energy"
          selected={selected}
          onSelect={select}
          onOpen={(index) => !bars[index]?.outside && setOpen(true)}
        />
      </ChartFrame>
      {open && bucket && selected !== null && (
        <BucketSheet
          meter={props.meter}
          span={span}
          bucket={bucket}
          onClose={() => setOpen(false)}
          onStep={(steps) => stepTo(bars, selected + steps, select)}
        />
      )}
    </>
  );
}

function Legend({ others, exports }: { others: boolean; exports: boolean }): VNode {
  return (
    <ul class="legend" role="list">
      <li class="key-import">{text("import")}</li>
      {exports && <li class="key-export">{text("export")}</li>}
      {others && <li class="key-ghost">{text("compare.ghost")}</li>}
    </ul>
  );
}
