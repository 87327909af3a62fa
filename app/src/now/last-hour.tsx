import type { VNode } from "preact";
import { reachable } from "../api/http.ts";
import { clockText, hourText } from "../format/times.ts";
import { powerText } from "../format/numbers.ts";
import { text } from "../i18n.ts";
import { addressOf } from "../router.ts";
import { ChartFrame } from "../ui/chart-frame.tsx";
import { Link } from "../ui/link.tsx";
import { HISTORY_MS, runsOf, type Slot } from "./hour.ts";

const WIDTH = 320;
const HEIGHT = 96;

function Curve({ slots }: { slots: readonly Slot[] }): VNode {
  const seen = slots.filter((slot) => slot.averageW !== null);
  const top = Math.max(100, ...seen.map((slot) => slot.maxW));
  const bottom = Math.min(0, ...seen.map((slot) => slot.minW));
  const indexOf = new Map(slots.map((slot, index) => [slot, index]));
  const left = (slot: Slot): number => ((indexOf.get(slot) ?? 0) / slots.length) * WIDTH;
  const wide = WIDTH / slots.length;
  const y = (watt: number): number => HEIGHT - ((watt - bottom) / (top - bottom)) * HEIGHT;
  // Steps, because a slot's mean holds for all of it: nothing is drawn that was not measured.
  const steps = (run: readonly Slot[], watt: (slot: Slot) => number): string[] =>
    run.flatMap((slot) => {
      const height = y(watt(slot)).toFixed(1);
      return [`${left(slot).toFixed(1)} ${height}`, `${(left(slot) + wide).toFixed(1)} ${height}`];
    });
  const line = (run: Slot[]): string => `M${steps(run, (slot) => slot.averageW ?? 0).join(" L")}`;
  const band = (run: Slot[]): string =>
    `M${[...steps(run, (slot) => slot.maxW), ...steps(run, (slot) => slot.minW).toReversed()].join(" L")} Z`;
  return (
    <div class="curve-box" aria-hidden="true">
      <span class="top-label">{powerText(top)}</span>
      {bottom < 0 && <span class="bottom-label">{powerText(bottom)}</span>}
      <svg class="curve" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none">
        {slots.map((slot, index) =>
          slot.averageW === null ? (
            <rect
              key={slot.from}
              x={(index / slots.length) * WIDTH}
              y="0"
              width={WIDTH / slots.length + 0.3}
              height={HEIGHT}
              class="gap-plain"
            />
          ) : null,
        )}
        <line x1="0" x2={WIDTH} y1={y(0)} y2={y(0)} class="zero-line" vector-effect="non-scaling-stroke" />
        {runsOf(slots).map((run) => (
          <g key={run[0]?.from}>
            <path d={band(run)} class="band" />
            <path d={line(run)} class="line" vector-effect="non-scaling-stroke" />
          </g>
        ))}
      </svg>
    </div>
  );
}

/** Power over the last sixty minutes: mean per minute with the band between least and most; gaps stay gaps. */
export function LastHour({ slots, tz }: { slots: readonly Slot[]; tz: string }): VNode {
  const seen = slots.filter((slot) => slot.averageW !== null);
  const average = seen.reduce((sum, slot) => sum + (slot.averageW ?? 0), 0) / Math.max(1, seen.length);
  const summary =
    seen.length === 0
      ? text(reachable.value ? "lastHour.empty" : "lastHour.offline")
      : text("lastHour.summary", {
          min: powerText(Math.min(...seen.map((slot) => slot.minW))),
          max: powerText(Math.max(...seen.map((slot) => slot.maxW))),
          average: powerText(average),
        });
  const table = () => ({
    head: [text("time"), text("power")],
    rows: slots
      .toReversed()
      .map((slot) => [
        clockText(slot.from, tz),
        slot.averageW === null ? text("noData") : powerText(slot.averageW),
      ]),
  });
  return (
    <section class="card last-hour">
      <ChartFrame
        title={text("lastHour")}
        summary={summary}
        table={table}
        foot={
          <p class="axis" aria-hidden="true">
            <span>{hourText(slots[0]?.from ?? 0, tz)}</span>
            <span>{hourText((slots[0]?.from ?? 0) + HISTORY_MS, tz)}</span>
          </p>
        }
      >
        <Curve slots={slots} />
      </ChartFrame>
      <p class="card-link">
        <Link href={addressOf("history", { period: "day" })}>{text("lastHour.toDay")}</Link>
      </p>
    </section>
  );
}
