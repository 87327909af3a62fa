import type { EnergyBucket } from "@smp/schemas/api";
import type { ComponentChildren, VNode } from "preact";
import { energyText } from "../format/numbers.ts";
import { text } from "../i18n.ts";
import { Figure } from "./figure.tsx";

/** What came in, what went out where there is any, and `children` beside them. */
export function EnergyFigures({
  total,
  children,
}: {
  total: EnergyBucket;
  children?: ComponentChildren;
}): VNode {
  return (
    <div class="figures">
      {(total.import_kwh !== null || total.export_kwh === null) && (
        <Figure
          kind="import"
          label={text("imported")}
          value={total.import_kwh === null ? "–" : energyText(total.import_kwh)}
        />
      )}
      {total.export_kwh !== null && total.export_kwh > 0 && (
        <Figure kind="export" label={text("exported")} value={energyText(total.export_kwh)} />
      )}
      {children}
    </div>
  );
}
