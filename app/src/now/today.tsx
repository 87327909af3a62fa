import type { EnergySeries } from "@smp/schemas/api";
import type { ComponentChildren, VNode } from "preact";
import type { Resource } from "../api/resource.ts";
import { text } from "../i18n.ts";
import { CoverageNote } from "../ui/coverage-note.tsx";
import { EnergyFigures } from "../ui/energy-figures.tsx";
import { Stated } from "../ui/stated.tsx";

/** Today's energy, with how much of the day it rests on; `children`: what it cost. */
export function Today({
  energy,
  children,
}: {
  energy: Resource<EnergySeries>;
  children?: ComponentChildren;
}): VNode {
  return (
    <section class="card today" aria-labelledby="today-title">
      <h2 id="today-title">{text("today")}</h2>
      <Stated resource={energy} height="low">
        {({ total }) => {
          if (total.import_kwh === null && total.export_kwh === null) return <p>{text("noneToday")}</p>;
          return (
            <>
              <EnergyFigures total={total}>{children}</EnergyFigures>
              <CoverageNote total={total} />
            </>
          );
        }}
      </Stated>
    </section>
  );
}
