import type { GapList, Meter } from "@smp/schemas/api";
import type { VNode } from "preact";
import { dayText, momentText } from "../format/times.ts";
import { countText, text } from "../i18n.ts";
import { localDate, type Span } from "../time/period.ts";
import { Link } from "../ui/link.tsx";
import { gapText } from "./comparison.tsx";
import { viewAddress } from "./view.ts";

const OPEN_MAX = 3;

/** The stretches without readings, in words; many of them behind one line. */
export function Gaps({ gaps, span }: { gaps: GapList["gaps"]; span: Span }): VNode | null {
  if (gaps.length === 0) return null;
  const lines = gaps.map((gap) => {
    const [start, end] = [Date.parse(gap.start), Date.parse(gap.end)];
    const sameDay =
      span.period === "day" &&
      localDate(start, span.tz) === span.date &&
      localDate(end, span.tz) === span.date;
    const kwh = (gap.import_unallocated_kwh ?? 0) + (gap.export_unallocated_kwh ?? 0);
    return <li key={gap.start}>{gapText(start, end, kwh, span.tz, sameDay)}</li>;
  });
  const list = (
    <ul class="gaps" role="list">
      {lines}
    </ul>
  );
  if (lines.length <= OPEN_MAX) return list;
  return (
    <details class="gaps-many">
      <summary>{countText(lines.length, "gaps.one", "gaps.other")}</summary>
      {list}
    </details>
  );
}

/** The way back to where there are readings, from a period after the last one. */
export function ToLastReading({ last, span }: { last: number; span: Span }): VNode | null {
  if (last >= span.from) return null;
  return (
    <p class="card-link">
      <Link href={viewAddress({ date: localDate(last, span.tz) })}>
        {text("history.toLast", { day: dayText(last, span.tz) })}
      </Link>
    </p>
  );
}

/** When a meter was exchanged within the period: its counters do not go on from there. */
export function SwapLines({ swaps, span }: { swaps: Meter["swaps"]; span: Span }): VNode | null {
  const within = swaps.map(({ at }) => Date.parse(at)).filter((at) => at >= span.from && at < span.to);
  if (within.length === 0) return null;
  return (
    <ul class="gaps" role="list">
      {within.map((at) => (
        <li key={at}>{text("swap.done", { time: momentText(at, span.tz) })}</li>
      ))}
    </ul>
  );
}
