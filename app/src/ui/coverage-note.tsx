import type { EnergyBucket } from "@smp/schemas/api";
import type { VNode } from "preact";
import { apartText, coverageText, energyText } from "../format/numbers.ts";
import { text } from "../i18n.ts";
import { coverageSince } from "../meters/coverage.ts";
import { minuteMs } from "../state/clock.ts";
import { meter } from "../state/meters.ts";

/** In the period of its first reading a meter's coverage is that since then: before it nothing is missing. */
function shareText(total: EnergyBucket, parts: readonly EnergyBucket[]): string {
  const [startMs, firstMs] = [Date.parse(total.start), Date.parse(meter.value?.first ?? total.start)];
  const toMs = Math.min(Date.parse(total.end), minuteMs.value);
  return startMs < firstMs && firstMs < toMs
    ? text("coverageSince", { percent: coverageText(coverageSince(parts, firstMs, toMs)) })
    : text("coverage", { percent: coverageText(total.coverage) });
}

/** How much of the time the numbers rest on, and how much of the energy has no time; `rhythmMs`: how far apart the meter's readings lie. */
export function CoverageNote({
  total,
  parts = [total],
  rhythmMs,
}: {
  total: EnergyBucket;
  /** What it is the total of. */
  parts?: readonly EnergyBucket[];
  rhythmMs?: number | undefined;
}): VNode {
  const unallocated = total.import_unallocated_kwh + total.export_unallocated_kwh;
  return (
    <p class="note coverage">
      {rhythmMs !== undefined && `${text("rhythm", { apart: apartText(rhythmMs) })} · `}
      {shareText(total, parts)}
      {unallocated > 0 && ` · ${text("unallocated", { energy: energyText(unallocated) })}`}
    </p>
  );
}
