import type { VNode } from "preact";
import { changeText, coverageText, energyText } from "../format/numbers.ts";
import { hourText, momentText, rangeText } from "../format/times.ts";
import { text } from "../i18n.ts";
import { coverageBy } from "../rhythm/rhythm.ts";
import type { Span } from "../time/period.ts";
import type { Comparison } from "./data.ts";
import { spanTitle } from "./period-bar.tsx";

/** A comparison below this coverage is called uncertain. */
const COVERAGE_MIN = 0.95;
/** Below this one a share would tell of the gaps, not of the household. */
const COVERAGE_SHARE_MIN = 0.8;

/** Which part of the other period is meant: all of it, or as much of it as has passed of this one. */
function otherText(comparison: Comparison, other: Span): string {
  if (!comparison.partial) return spanTitle(other);
  if (other.period === "day")
    return `${spanTitle(other)}, ${text("untilTime", { time: hourText(comparison.thereTo, other.tz) })}`;
  return `${rangeText(other.from, comparison.thereTo, other.tz)}, ${text("untilTime", { time: hourText(comparison.thereTo, other.tz) })}`;
}

/** "−12 % import against 1–26 Oct, until 08:30: like for like, and it says so." */
export function ComparisonLine({
  comparison,
  other,
  rhythmMs,
}: {
  comparison: Comparison;
  other: Span;
  /** How far apart the meter's readings lie. */
  rhythmMs?: number | undefined;
}): VNode {
  const { here, there } = comparison;
  const coverage = coverageBy(rhythmMs, Math.min(here.coverage, there.coverage));
  const line = (name: "importKwh" | "exportKwh", word: string): VNode | null => {
    const [now, before] = [here[name], there[name]];
    if (now === null || before === null || (now === 0 && before === 0)) return null;
    return (
      <p key={name}>
        <strong class="change">
          {before === 0 || coverage < COVERAGE_SHARE_MIN ? "–" : changeText(now / before - 1)}
        </strong>{" "}
        {word}
        <span class="note">
          {" "}
          {text("compare.values", { here: energyText(now), there: energyText(before) })}
        </span>
      </p>
    );
  };
  const empty = there.importKwh === null && there.exportKwh === null;
  return (
    <div class="comparison" role="status">
      {empty ? (
        <p>{text("compare.empty", { period: otherText(comparison, other) })}</p>
      ) : (
        <>
          {line("importKwh", text("imported"))}
          {line("exportKwh", text("exported"))}
          <p class="note">
            {text(comparison.partial ? "compare.partial" : "compare.whole", {
              period: otherText(comparison, other),
            })}
            {coverage < COVERAGE_MIN &&
              ` · ${text("compare.uncertain", { percent: coverageText(coverage) })}`}
          </p>
        </>
      )}
    </div>
  );
}

/** A gap in words: "no data 13:20–15:05, 1.2 kWh without a time". */
export function gapText(startMs: number, endMs: number, kwh: number, tz: string, sameDay: boolean): string {
  const words = sameDay
    ? text("gap", { from: hourText(startMs, tz), to: hourText(endMs, tz) })
    : text("gapDays", { from: momentText(startMs, tz), to: momentText(endMs, tz) });
  return kwh > 0 ? `${words} · ${energyText(kwh)}` : words;
}
