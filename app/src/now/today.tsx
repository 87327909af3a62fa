import type { EnergySeries, Latest } from "@smp/schemas/api";
import type { ComponentChildren, VNode } from "preact";
import type { Resource } from "../api/resource.ts";
import { text } from "../i18n.ts";
import type { Rhythm } from "../rhythm/use-rhythm.ts";
import { CoverageNote } from "../ui/coverage-note.tsx";
import { EnergyFigures } from "../ui/energy-figures.tsx";
import { Stated } from "../ui/stated.tsx";

/** The counters that energy, and what it costs, is the difference of. */
const COUNTERS = ["1-0:1.8.0", "1-0:2.8.0"];
export const countsEnergy = ({ registers }: Latest): boolean => COUNTERS.some((code) => code in registers);

/** Today's energy, with how much of the day it rests on; `children`: what it cost. */
export function Today({
  energy,
  rhythm,
  counts,
  children,
}: {
  energy: Resource<EnergySeries>;
  rhythm: Rhythm | undefined;
  /** Whether the meter has a counter of energy: that of water has none. */
  counts: boolean;
  children?: ComponentChildren;
}): VNode {
  return (
    <section class="card today" aria-labelledby="today-title">
      <h2 id="today-title">{text("today")}</h2>
      <Stated resource={energy} height="low">
        {(series) => {
          const total = rhythm && !energy.loading ? rhythm.total(series) : series.total;
          if (total.import_kwh === null && total.export_kwh === null)
            return <p>{text(counts ? "noneToday" : "noCounter")}</p>;
          return (
            <>
              <EnergyFigures total={total}>{children}</EnergyFigures>
              <CoverageNote total={total} rhythmMs={rhythm?.rhythmMs} />
            </>
          );
        }}
      </Stated>
    </section>
  );
}
