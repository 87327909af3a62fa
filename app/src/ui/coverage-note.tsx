import type { EnergyBucket } from "@smp/schemas/api";
import type { VNode } from "preact";
import { apartText, coverageText, energyText } from "../format/numbers.ts";
import { text } from "../i18n.ts";

/** How much of the time the numbers rest on, and how much of the energy has no time; `rhythmMs`: how far apart the meter's readings lie. */
export function CoverageNote({
  total,
  rhythmMs,
}: {
  total: EnergyBucket;
  rhythmMs?: number | undefined;
}): VNode {
  const unallocated = total.import_unallocated_kwh + total.export_unallocated_kwh;
  return (
    <p class="note coverage">
      {rhythmMs !== undefined && `${text("rhythm", { apart: apartText(rhythmMs) })} · `}
      {text("coverage", { percent: coverageText(total.coverage) })}
      {unallocated > 0 && ` · ${text("unallocated", { energy: energyText(unallocated) })}`}
    </p>
  );
}
