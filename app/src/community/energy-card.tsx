import type { GroupEnergyBucket, GroupEnergySeries } from "@smp/schemas/api";
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { groupPath } from "../api/paths.ts";
import { useAsked, useResource } from "../api/resource.ts";
import type { Bar } from "../charts/bar.ts";
import { Bars } from "../charts/bars.tsx";
import { energyText, percentText } from "../format/numbers.ts";
import { axisLabel, bucketTitle } from "../history/energy-bars.ts";
import { spanTitle } from "../history/period-bar.tsx";
import { text } from "../i18n.ts";
import { minuteMs } from "../state/clock.ts";
import { platformTz } from "../state/meters.ts";
import { datesOf, localDate, resolutionOf, shift, spanOf, type Span } from "../time/period.ts";
import { ChartFrame } from "../ui/chart-frame.tsx";
import { Figure } from "../ui/figure.tsx";
import { Segmented } from "../ui/segmented.tsx";
import { Stated } from "../ui/stated.tsx";
import { Stepper } from "../ui/stepper.tsx";
import { betweenBarsKwh } from "./between-bars.ts";

const WORDS = { day: "period.day", month: "period.month", year: "period.year" } as const;
type GroupPeriod = keyof typeof WORDS;

/** For whoever sees only what is published, what is not there may well have been measured. */
const valueIn =
  (published: boolean) =>
  (kwh: number | null): string =>
    kwh === null ? text(published ? "community.notPublished" : "noData") : energyText(kwh);

/** Of what the members took, the share that came from each other. */
const shareOf = ({ shared_kwh: shared, import_kwh: taken }: GroupEnergyBucket): number | null =>
  shared === null || taken === null || taken === 0 ? null : Math.min(1, shared / taken);

function barOf(bucket: GroupEnergyBucket, span: Span, published: boolean): Bar {
  const value = valueIn(published);
  const start = Date.parse(bucket.start);
  const title = bucketTitle(span.period, start, Date.parse(bucket.end), span.tz);
  const outside = start >= minuteMs.value;
  const known = [bucket.import_kwh, bucket.export_kwh].filter((kwh) => kwh !== null);
  const words = [
    `${text("import")} ${value(bucket.import_kwh)}`,
    `${text("export")} ${value(bucket.export_kwh)}`,
    `${text("community.shared")} ${value(bucket.shared_kwh)}`,
  ];
  return {
    key: bucket.start,
    label: axisLabel(span.period, start, span.tz, 360),
    spoken: `${title}: ${known.length === 0 ? value(null) : words.join(", ")}`,
    up: bucket.import_kwh,
    down: bucket.import_kwh === null && bucket.export_kwh === 0 ? null : bucket.export_kwh,
    upHatched: bucket.shared_kwh ?? 0,
    downHatched: bucket.shared_kwh ?? 0,
    ghostUp: null,
    ghostDown: null,
    // An export of nothing beside an import that is not told would be an empty place.
    missing: outside || known.length === 2 ? 0 : 1,
    outside,
  };
}

function Legend(): VNode {
  return (
    <ul class="legend" role="list">
      <li class="key-import">{text("import")}</li>
      <li class="key-export">{text("export")}</li>
      <li class="key-shared">{text("community.shared")}</li>
    </ul>
  );
}

/** The period in a sentence; without any sum, why there is none. */
function sentenceOf({ total, buckets }: GroupEnergySeries, span: Span, published: boolean): string {
  const value = valueIn(published);
  const sums = [total.import_kwh, total.export_kwh, total.shared_kwh];
  const values = {
    period: spanTitle(span),
    import: value(total.import_kwh),
    export: value(total.export_kwh),
    shared: value(total.shared_kwh),
  };
  if (sums.every((sum) => sum !== null)) return text("community.sentence", values);
  if (sums.some((sum) => sum !== null)) return text("community.sentencePartly", values);
  if (buckets.some(({ quality }) => quality === "suppressed")) return text("community.withheld", values);
  if (published) return text("community.unpublished", values);
  return text(total.members === 0 ? "community.sentenceHidden" : "history.sentenceEmpty", values);
}

interface ChartProps {
  series: GroupEnergySeries;
  span: Span;
  published: boolean;
}

function Chart({ series, span, published }: ChartProps): VNode {
  const [selected, select] = useState<number | null>(null);
  const { total } = series;
  const value = valueIn(published);
  const share = shareOf(total);
  const bars = series.buckets.map((row) => barOf(row, span, published));
  const told = total.import_kwh !== null || total.export_kwh !== null;
  const betweenKwh = betweenBarsKwh(series);
  const title = (row: GroupEnergyBucket): string =>
    bucketTitle(span.period, Date.parse(row.start), Date.parse(row.end), span.tz);
  return (
    <>
      <div class="figures chart-figures">
        <Figure kind="import" label={text("import")} value={value(total.import_kwh)} />
        <Figure kind="export" label={text("export")} value={value(total.export_kwh)} />
        <Figure
          label={text("community.shared")}
          value={share === null ? value(total.shared_kwh) : percentText(share)}
          {...(share === null ? {} : { note: value(total.shared_kwh) })}
        />
      </div>
      <ChartFrame
        title={text("energy")}
        quietTitle
        summary={sentenceOf(series, span, published)}
        table={() => ({
          head: [
            text("time"),
            text("import"),
            text("export"),
            text("community.shared"),
            text("community.members"),
          ],
          rows: series.buckets
            .filter(({ start }) => Date.parse(start) < minuteMs.value)
            .map((row) => [
              title(row),
              value(row.import_kwh),
              value(row.export_kwh),
              value(row.shared_kwh),
              `${row.reporting}/${row.members}`,
            ]),
        })}
        foot={<Legend />}
      >
        <Bars
          label={text("history.barsLabel", { period: spanTitle(span) })}
          bars={bars}
          unit="kWh"
          kind="energy"
          selected={selected}
          onSelect={select}
          onOpen={select}
        />
      </ChartFrame>
      <p class="note chosen" aria-hidden="true">
        {selected === null ? "\u00a0" : bars[selected]?.spoken}
      </p>
      {betweenKwh > 0 && <p class="note">{text("unallocated", { energy: energyText(betweenKwh) })}</p>}
      {published && told && total.coverage < 1 && (
        <p class="note">{text("community.sumOfPublished", { percent: percentText(total.coverage) })}</p>
      )}
      {published && bars.some(({ missing }) => missing > 0) && (
        <p class="note">{text("community.suppressed")}</p>
      )}
    </>
  );
}

/** Today's and earlier energy of the group, and how much of it the members shared. */
export function EnergyCard({
  id,
  published,
}: {
  id: string;
  /** This caller sees only what is published, a day later. */
  published: boolean;
}): VNode {
  const [period, setPeriod] = useState<GroupPeriod>("day");
  const [steps, setSteps] = useState(0);
  const tz = platformTz.value;
  const span = shift(spanOf(period, localDate(minuteMs.value, tz), tz), steps);
  const query = new URLSearchParams({
    ...datesOf(span),
    resolution: resolutionOf(period),
  });
  const energy = useResource<GroupEnergySeries>(`${groupPath(id)}/energy?${query}`, 60_000);
  const asked = useAsked(energy, span);
  return (
    <section class="card stack" aria-label={text("energy")}>
      <Segmented<GroupPeriod>
        label={text("period")}
        value={period}
        options={(["day", "month", "year"] as const).map((known) => ({
          value: known,
          label: text(WORDS[known]),
        }))}
        onChange={(next) => {
          setPeriod(next);
          setSteps(0);
        }}
      />
      <Stepper class="month-bar" last={steps >= 0} onStep={(step) => setSteps(steps + step)}>
        <strong aria-live="polite">{spanTitle(span)}</strong>
      </Stepper>
      <Stated resource={energy} height="high">
        {(series) => <Chart key={asked.from} series={series} span={asked} published={published} />}
      </Stated>
    </section>
  );
}
