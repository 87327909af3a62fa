import { signal } from "@preact/signals";
import type { VNode } from "preact";
import { clockText, powerText } from "../format.ts";
import { runsOf, type Slot } from "../history.ts";
import { text } from "../i18n.ts";

const WIDTH = 320;
const HEIGHT = 96;
const asTable = signal(false);

function Curve({ slots }: { slots: readonly Slot[] }): VNode {
  const seen = slots.filter((slot) => slot.averageW !== null);
  const top = Math.max(100, ...seen.map((slot) => slot.maxW));
  const bottom = Math.min(0, ...seen.map((slot) => slot.minW));
  const x = (index: number): number => ((index + 0.5) / slots.length) * WIDTH;
  const y = (watt: number): number => HEIGHT - ((watt - bottom) / (top - bottom)) * HEIGHT;
  const indexOf = new Map(slots.map((slot, index) => [slot, index]));
  const line = (run: Slot[]): string =>
    run
      .map(
        (slot, at) =>
          `${at === 0 ? "M" : "L"}${x(indexOf.get(slot) ?? 0).toFixed(1)} ${y(slot.averageW ?? 0).toFixed(1)}`,
      )
      .join(" ");
  const band = (run: Slot[]): string => {
    const upper = run.map((slot) => `${x(indexOf.get(slot) ?? 0).toFixed(1)} ${y(slot.maxW).toFixed(1)}`);
    const lower = run
      .map((slot) => `${x(indexOf.get(slot) ?? 0).toFixed(1)} ${y(slot.minW).toFixed(1)}`)
      .toReversed();
    return `M${[...upper, ...lower].join(" L")} Z`;
  };
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
              class="gap"
            />
          ) : null,
        )}
        <line x1="0" x2={WIDTH} y1={y(0)} y2={y(0)} class="zero-line" />
        {runsOf(slots).map((run) => (
          <g key={run[0]?.from}>
            <path d={band(run)} class="band" />
            {run.length === 1 ? (
              <circle
                cx={x(indexOf.get(run[0] as Slot) ?? 0)}
                cy={y(run[0]?.averageW ?? 0)}
                r="2"
                class="dot"
              />
            ) : (
              <path d={line(run)} class="line" vector-effect="non-scaling-stroke" />
            )}
          </g>
        ))}
      </svg>
    </div>
  );
}

function Table({ slots, tz }: { slots: readonly Slot[]; tz: string }): VNode {
  return (
    <div class="table-scroll" tabIndex={0} role="region" aria-label={text("lastHour")}>
      <table>
        <thead>
          <tr>
            <th scope="col">{text("time")}</th>
            <th scope="col">{text("power")}</th>
          </tr>
        </thead>
        <tbody>
          {slots.toReversed().map((slot) => (
            <tr key={slot.from}>
              <th scope="row">{clockText(slot.from, tz)}</th>
              <td>{slot.averageW === null ? text("noData") : powerText(slot.averageW)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Power over the last sixty minutes: mean per minute with the band between least and most; gaps stay gaps. */
export function LastHour({ slots, tz }: { slots: readonly Slot[]; tz: string }): VNode {
  const seen = slots.filter((slot) => slot.averageW !== null);
  const average = seen.reduce((sum, slot) => sum + (slot.averageW ?? 0), 0) / Math.max(1, seen.length);
  const summary =
    seen.length === 0
      ? text("lastHourEmpty")
      : text("lastHourSummary", {
          min: powerText(Math.min(...seen.map((slot) => slot.minW))),
          max: powerText(Math.max(...seen.map((slot) => slot.maxW))),
          average: powerText(average),
        });
  return (
    <section class="card last-hour" aria-labelledby="last-hour-title">
      <header>
        <h2 id="last-hour-title">{text("lastHour")}</h2>
        <button
          type="button"
          class="quiet"
          aria-pressed={asTable.value}
          onClick={() => (asTable.value = !asTable.value)}
        >
          {asTable.value ? text("hideTable") : text("showTable")}
        </button>
      </header>
      {asTable.value ? <Table slots={slots} tz={tz} /> : <Curve slots={slots} />}
      {!asTable.value && (
        <p class="axis" aria-hidden="true">
          <span>{clockText(slots[0]?.from ?? 0, tz)}</span>
          <span>{clockText((slots.at(-1)?.from ?? 0) + 60_000, tz)}</span>
        </p>
      )}
      <p class="summary">{summary}</p>
    </section>
  );
}
