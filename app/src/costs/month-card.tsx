import type { CostSeries } from "@smp/schemas/api";
import type { VNode } from "preact";
import { moneyRangeText, moneyText } from "../format/numbers.ts";
import { monthText } from "../format/times.ts";
import { text } from "../i18n.ts";
import { coverageBy } from "../rhythm/rhythm.ts";
import { isSparse, useRecentRhythm } from "../rhythm/use-rhythm.ts";
import { minuteMs } from "../state/clock.ts";
import { localDate, type Span } from "../time/period.ts";
import { Figure } from "../ui/figure.tsx";
import { forecastOf } from "./forecast.ts";
import { CostNotes, CostSplit } from "./split.tsx";

function ForecastFigure({
  meter,
  series,
  span,
  currency,
}: {
  meter: string;
  series: CostSeries;
  span: Span;
  currency: string;
}): VNode {
  const sparse = isSparse(series.total) ? meter : undefined;
  const rhythmMs = useRecentRhythm(sparse, localDate(minuteMs.value, span.tz), span.tz);
  const days = series.buckets.map((day) => ({ ...day, coverage: coverageBy(rhythmMs, day.coverage) }));
  const forecast = forecastOf(days, Number(series.total.total ?? 0), minuteMs.value, span.to);
  if (!forecast) return <p class="note forecast-later">{text("forecast.later")}</p>;
  return (
    <Figure
      label={text("forecast.title")}
      value={moneyRangeText(forecast.low, forecast.high, currency)}
      note={text("forecast.note", { days: forecast.days })}
    />
  );
}

/** What the month has cost so far, what it will probably cost, and what that is made of. */
export function MonthCard({
  meter,
  series,
  span,
  current,
}: {
  meter: string;
  series: CostSeries;
  span: Span;
  current: boolean;
}): VNode {
  const currency = series.currency ?? "EUR";
  return (
    <section class="card month-card" aria-label={monthText(span.from, span.tz)}>
      <div class="figures">
        <Figure
          kind="money"
          label={text(current ? "cost.soFar" : "cost.total")}
          value={series.total.total === null ? "–" : moneyText(series.total.total, currency)}
        />
        {current && <ForecastFigure meter={meter} series={series} span={span} currency={currency} />}
      </div>
      <CostSplit bucket={series.total} currency={currency} />
      <CostNotes bucket={series.total} />
      {series.tariffs.length > 0 && (
        <p class="note">
          {text("cost.tariffs", { names: series.tariffs.map(({ name }) => name).join(", ") })}
        </p>
      )}
    </section>
  );
}
