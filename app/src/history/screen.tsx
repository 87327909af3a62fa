import type { VNode } from "preact";
import { useAsked } from "../api/resource.ts";
import { useCost } from "../costs/data.ts";
import { NoTariff } from "../costs/no-tariff.tsx";
import { text } from "../i18n.ts";
import { isSparse, useRhythm } from "../rhythm/use-rhythm.ts";
import { minuteMs } from "../state/clock.ts";
import { meter, meterId } from "../state/meters.ts";
import { datesOf, resolutionOf, type Span } from "../time/period.ts";
import { CoverageNote } from "../ui/coverage-note.tsx";
import { EnergyFigures } from "../ui/energy-figures.tsx";
import { Head } from "../ui/head.tsx";
import { Stated } from "../ui/stated.tsx";
import { ComparisonLine } from "./comparison.tsx";
import { useComparison, useEnergy, usePower } from "./data.ts";
import { EnergyChart } from "./energy-chart.tsx";
import { Gaps, SwapLines, ToLastReading } from "./gap-list.tsx";
import { MoneyChart } from "./money-chart.tsx";
import { PowerChart } from "./power-chart.tsx";
import { useSwipe } from "./swipe.ts";
import { HistoryTop, Toggles } from "./top.tsx";
import { step, view } from "./view.ts";
import "./history.css";

/** What was chosen or opened in a chart belongs to its period. */
const keyOf = ({ period, date }: Span): string => `${period} ${date}`;

/** The energy of the shown period, beside the one that it is compared with. */
function EnergyPart({ id }: { id: string }): VNode {
  const { span, other, current } = view.value;
  const energy = useEnergy(id, span, current);
  const before = useEnergy(id, other, false);
  const comparison = useComparison(id, span, other, minuteMs.value);
  const rhythm = useRhythm(id, span, minuteMs.value);
  const asked = useAsked(energy, span);
  const both = before.data && !before.loading && !energy.loading;
  const others = other && before.data && both ? { series: before.data, span: other } : undefined;
  return (
    <>
      <Stated resource={energy} height="high">
        {(series) => (
          <EnergyChart
            key={keyOf(asked)}
            meter={id}
            series={!energy.loading && rhythm ? rhythm.applied(series) : series}
            span={asked}
            others={others}
          />
        )}
      </Stated>
      {comparison && other && (
        <ComparisonLine comparison={comparison} other={other} rhythmMs={rhythm?.rhythmMs} />
      )}
    </>
  );
}

function PowerPart({ id }: { id: string }): VNode {
  const { span, current } = view.value;
  const power = usePower(id, span, current);
  const asked = useAsked(power, span);
  return (
    <Stated resource={power} height="high">
      {(series) => <PowerChart key={keyOf(asked)} series={series} span={asked} />}
    </Stated>
  );
}

function CostPart({ id }: { id: string }): VNode {
  const { span, current } = view.value;
  const energy = useEnergy(id, span, current);
  const cost = useCost(id, datesOf(span), resolutionOf(span.period), current);
  const rhythm = useRhythm(id, span, minuteMs.value);
  const loading = cost.loading || energy.loading;
  const asked = useAsked(
    { loading },
    { span, cost: cost.data, energy: energy.data && (rhythm?.applied(energy.data) ?? energy.data) },
  );
  return (
    <Stated resource={{ ...cost, data: loading ? asked.cost : cost.data, loading }} height="high">
      {(series) =>
        series.currency === null ? (
          <NoTariff />
        ) : (
          asked.energy && (
            <MoneyChart
              key={keyOf(asked.span)}
              meter={id}
              cost={series}
              energy={asked.energy}
              span={asked.span}
            />
          )
        )
      }
    </Stated>
  );
}

const PARTS = { energy: EnergyPart, cost: CostPart, power: PowerPart };

/** Energy, money and power by day, week, month and year. */
export default function HistoryScreen(): VNode {
  const { span, show, current } = view.value;
  const id = meterId.value;
  const Part = PARTS[show];
  const energy = useEnergy(id, span, current);
  const rhythm = useRhythm(id, span, minuteMs.value);
  const swipe = useSwipe(step);
  return (
    <>
      <Head title={text("nav.history")} withMeter />
      <div class="history" {...swipe}>
        <HistoryTop />
        <section class="card">
          <div class="history-head">
            <Stated resource={energy} height="low">
              {({ total }) => <EnergyFigures total={total} />}
            </Stated>
            <Toggles />
          </div>
          {id !== undefined && <Part key={id} id={id} />}
          {energy.data && !energy.loading && (rhythm || !isSparse(energy.data.total)) && (
            <CoverageNote
              total={(rhythm?.applied(energy.data) ?? energy.data).total}
              {...(rhythm?.rhythmMs === undefined
                ? { parts: energy.data.buckets }
                : { rhythmMs: rhythm.rhythmMs })}
            />
          )}
          {rhythm?.gaps && <Gaps gaps={rhythm.gaps} span={span} />}
          {meter.value && <ToLastReading last={Date.parse(meter.value.last)} span={span} />}
          {meter.value && <SwapLines swaps={meter.value.swaps} span={span} />}
        </section>
      </div>
    </>
  );
}
