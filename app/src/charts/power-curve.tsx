import type { PowerSeries } from "@smp/schemas/api";
import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { exactText, powerText } from "../format/numbers.ts";
import { clockText, momentText, timeFormat } from "../format/times.ts";
import { locale, text, type TextKey } from "../i18n.ts";
import { shownTheme } from "../state/theme.ts";
import { Icon, type IconName } from "../ui/icon.tsx";
import { followFingers } from "./fingers.ts";
import { useRoom, type Room } from "./use-room.ts";
import { isClosest, isWhole, pan, zoom, type Range } from "./zoom.ts";

/** Of the curve; what stands below it grows with the text (history.css: `.plot`). */
const CURVE_HEIGHT = 202;
/** Of the times below it, of the letters before it. */
const TIMES_HEIGHT = 28;
const VALUES_WIDTH = 52;
const DAY_S = 86_400;
/** One press on a button: twice as close, or half of what is shown along. */
const CLOSER = 2;
const STEP = 0.5;

type Column = (number | null)[];

/** Start of each bucket in s, mean, least, most; a step holds until the next start, and a gap stays a gap. */
function columnsOf({ buckets }: PowerSeries): [number[], Column, Column, Column] {
  const end = Date.parse(buckets.at(-1)?.end ?? "") / 1000;
  return [
    [...buckets.map(({ start }) => Date.parse(start) / 1000), end],
    [...buckets.map(({ avg_w: mean }) => mean), null],
    [...buckets.map(({ min_w: least }) => least), null],
    [...buckets.map(({ max_w: most }) => most), null],
  ];
}

/** The bucket that is drawn under the cursor; the library names the nearest start, which may be that of the next. */
function bucketUnder(plot: uPlot): number | null {
  const { idx, left } = plot.cursor;
  if (idx === null || idx === undefined || left === undefined) return null;
  return Math.max(0, (plot.data[0][idx] ?? 0) > plot.posToVal(left, "x") ? idx - 1 : idx);
}

const sizeOf = ({ width, scale }: Room): { width: number; height: number } => ({
  width,
  height: CURVE_HEIGHT + TIMES_HEIGHT * scale,
});

function optionsOf(
  room: Room,
  tz: string,
  color: (name: string) => string,
  onCursor: (index: number | null) => void,
): uPlot.Options {
  const stepped = uPlot.paths.stepped?.({ align: 1 });
  const grid = { stroke: color("--line"), width: 1 };
  const { scale } = room;
  const font = `${12 * scale}px system-ui, sans-serif`;
  const axis = { stroke: color("--quiet"), font, grid, ticks: { show: false } };
  const line = (stroke: string, lineWidth: number): uPlot.Series => ({
    stroke,
    width: lineWidth,
    ...(stepped ? { paths: stepped } : {}),
    points: { show: false },
    spanGaps: false,
  });
  const clock = timeFormat(tz, { hour: "2-digit", minute: "2-digit" });
  const date = timeFormat(tz, { day: "numeric", month: "numeric" });
  /** Over many days each is named once, where it begins. */
  const label = (second: number, range: number): string => {
    if (range <= 3 * DAY_S) return clock.format(second * 1000);
    return clock.format(second * 1000) === "00:00" ? date.format(second * 1000) : "";
  };
  return {
    ...sizeOf(room),
    tzDate: (second) => uPlot.tzDate(new Date(second * 1000), tz),
    legend: { show: false },
    padding: [10, 20 * scale, 0, 0],
    cursor: { y: false, drag: { x: true, y: false }, points: { show: false } },
    scales: { y: { range: (_, min, max) => [Math.min(0, min * 1.05), Math.max(100, max * 1.08)] } },
    axes: [
      {
        ...axis,
        space: 56 * scale,
        size: TIMES_HEIGHT * scale,
        values: (self, splits) =>
          splits.map((at) => label(at, (self.scales["x"]?.max ?? 0) - (self.scales["x"]?.min ?? 0))),
      },
      {
        ...axis,
        space: 30 * scale,
        size: VALUES_WIDTH * scale,
        values: (_, splits) =>
          splits.map((watt) =>
            Math.abs(watt) >= 1000 ? exactText(watt / 1000, "kW") : exactText(watt, "W"),
          ),
      },
    ],
    series: [{}, line(color("--import"), 2), line("transparent", 0), line("transparent", 0)],
    bands: [{ series: [3, 2], fill: color("--import-soft") }],
    hooks: {
      setCursor: [(self) => onCursor(bucketUnder(self))],
    },
  };
}

interface ToolsProps {
  bounds: Range;
  shown: Range;
  show: (range: Range) => void;
}

/** What fingers do on the curve, for everybody else. */
function ZoomTools({ bounds, shown, show }: ToolsProps): VNode {
  const whole = isWhole(bounds, shown);
  const tool = (icon: IconName, key: TextKey, next: Range, disabled: boolean): VNode => (
    <button
      type="button"
      class="round"
      aria-label={text(key)}
      aria-disabled={disabled}
      onClick={() => disabled || show(next)}
    >
      <Icon name={icon} />
    </button>
  );
  return (
    <div class="zoom-tools" role="group" aria-label={text("power.zoom")}>
      {tool("left", "power.earlier", pan(bounds, shown, -STEP), shown.min <= bounds.min)}
      {tool("minus", "power.farther", zoom(bounds, shown, 1 / CLOSER), whole)}
      {tool("add", "power.closer", zoom(bounds, shown, CLOSER), isClosest(bounds, shown))}
      {tool("right", "power.later", pan(bounds, shown, STEP), shown.max >= bounds.max)}
      {!whole && (
        <button type="button" class="quiet" onClick={() => show(bounds)}>
          {text("power.reset")}
        </button>
      )}
    </div>
  );
}

/** The curve itself; two fingers, a drag or the buttons show a part of it closer. Its numbers are also in the table beside it. */
export function PowerCurve({ series, tz }: { series: PowerSeries; tz: string }): VNode {
  const [box, room] = useRoom<HTMLDivElement>();
  const plot = useRef<uPlot | undefined>(undefined);
  const [index, setIndex] = useState<number | null>(null);
  const columns = columnsOf(series);
  const bounds: Range = { min: columns[0][0] ?? 0, max: columns[0].at(-1) ?? 1 };
  const [shown, setShown] = useState(bounds);
  /** The part that is looked at survives new numbers of the same period. */
  const part = useRef<{ from: number; range: Range } | undefined>(undefined);
  const show = (range: Range): void => plot.current?.setScale("x", { ...range });

  useEffect(() => {
    const node = box.current;
    if (!node || room.width === 0) return undefined;
    const style = getComputedStyle(document.documentElement);
    const options = optionsOf(room, tz, (name) => style.getPropertyValue(name).trim(), setIndex);
    const range = ({ scales }: uPlot): Range => ({
      min: scales["x"]?.min ?? bounds.min,
      max: scales["x"]?.max ?? bounds.max,
    });
    const before = part.current?.from === bounds.min ? part.current.range : undefined;
    const note = (self: uPlot): void => {
      const now = range(self);
      part.current = isWhole(bounds, now) ? undefined : { from: bounds.min, range: now };
      setShown(now);
    };
    options.hooks = { ...options.hooks, setScale: [note] };
    const made = new uPlot(options, columns, node);
    plot.current = made;
    if (before) show(before);
    const letGo = followFingers(made.over, { bounds, shown: () => range(made), show });
    return () => {
      letGo();
      made.destroy();
    };
  }, [series, tz, shownTheme.value, locale.value, room]);

  const bucket = index === null ? undefined : series.buckets[index];
  const whole = isWhole(bounds, shown);
  return (
    <>
      <div class="curve-read">
        <span aria-hidden="true">
          {bucket
            ? `${clockText(Date.parse(bucket.start), tz)} · ${bucket.avg_w === null ? text("noData") : powerText(bucket.avg_w)}`
            : "\u00a0"}
        </span>
        <span class={whole ? "visually-hidden" : "note"} role="status">
          {!whole && `${momentText(shown.min * 1000, tz)} – ${momentText(shown.max * 1000, tz)}`}
        </span>
      </div>
      <div ref={box} class="plot" aria-hidden="true" />
      <ZoomTools bounds={bounds} shown={shown} show={show} />
    </>
  );
}
