import type { PowerSeries } from "@smp/schemas/api";
import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { powerText } from "../format/numbers.ts";
import { clockText, timeFormat } from "../format/times.ts";
import { locale, text } from "../i18n.ts";
import { theme } from "../state/theme.ts";

const HEIGHT = 230;
const DAY_S = 86_400;

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

function optionsOf(
  width: number,
  tz: string,
  color: (name: string) => string,
  onCursor: (index: number | null) => void,
): uPlot.Options {
  const stepped = uPlot.paths.stepped?.({ align: 1 });
  const grid = { stroke: color("--line"), width: 1 };
  const axis = { stroke: color("--quiet"), font: "12px system-ui, sans-serif", grid, ticks: { show: false } };
  const line = (stroke: string, lineWidth: number): uPlot.Series => ({
    stroke,
    width: lineWidth,
    ...(stepped ? { paths: stepped } : {}),
    points: { show: false },
    spanGaps: false,
  });
  const label = (second: number, range: number): string =>
    timeFormat(
      tz,
      range > 3 * DAY_S ? { day: "numeric", month: "numeric" } : { hour: "2-digit", minute: "2-digit" },
    ).format(second * 1000);
  return {
    width,
    height: HEIGHT,
    tzDate: (second) => uPlot.tzDate(new Date(second * 1000), tz),
    legend: { show: false },
    padding: [10, 8, 0, 0],
    cursor: { y: false, drag: { x: true, y: false }, points: { show: false } },
    scales: { y: { range: (_, min, max) => [Math.min(0, min * 1.05), Math.max(100, max * 1.08)] } },
    axes: [
      {
        ...axis,
        space: 56,
        size: 28,
        values: (self, splits) =>
          splits.map((at) => label(at, (self.scales["x"]?.max ?? 0) - (self.scales["x"]?.min ?? 0))),
      },
      {
        ...axis,
        size: 52,
        values: (_, splits) =>
          splits.map((watt) =>
            Math.abs(watt) >= 1000 ? `${(watt / 1000).toLocaleString(locale.peek())} kW` : `${watt} W`,
          ),
      },
    ],
    series: [{}, line(color("--import"), 2), line("transparent", 0), line("transparent", 0)],
    bands: [{ series: [3, 2], fill: color("--import-soft") }],
    hooks: {
      setCursor: [(self) => onCursor(self.cursor.idx ?? null)],
    },
  };
}

/** The curve itself; drag over a part to see it closer. Its numbers are also in the table beside it. */
export function PowerCurve({ series, tz }: { series: PowerSeries; tz: string }): VNode {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const [index, setIndex] = useState<number | null>(null);
  const [zoomed, setZoomed] = useState(false);
  const columns = columnsOf(series);

  useEffect(() => {
    const node = box.current;
    if (!node) return undefined;
    const style = getComputedStyle(document.documentElement);
    const options = optionsOf(node.clientWidth, tz, (name) => style.getPropertyValue(name).trim(), setIndex);
    const [first = 0, last = 1] = [columns[0][0], columns[0].at(-1)];
    options.hooks = {
      ...options.hooks,
      setScale: [
        (self) =>
          setZoomed((self.scales["x"]?.min ?? first) > first || (self.scales["x"]?.max ?? last) < last),
      ],
    };
    const made = new uPlot(options, columns, node);
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: node.clientWidth, height: HEIGHT }));
    observer.observe(node);
    return () => {
      observer.disconnect();
      made.destroy();
    };
  }, [series, tz, theme.value, locale.value]);

  const bucket = index === null ? undefined : series.buckets[index];
  const reset = (): void =>
    plot.current?.setScale("x", { min: columns[0][0] ?? 0, max: columns[0].at(-1) ?? 1 });
  return (
    <>
      <div class="curve-read">
        <span aria-hidden="true">
          {bucket
            ? `${clockText(Date.parse(bucket.start), tz)} · ${bucket.avg_w === null ? text("noData") : powerText(bucket.avg_w)}`
            : "\u00a0"}
        </span>
        {zoomed && (
          <button type="button" class="quiet" onClick={reset}>
            {text("power.reset")}
          </button>
        )}
      </div>
      <div ref={box} class="plot" aria-hidden="true" />
    </>
  );
}
