import { numberText } from "../format/numbers.ts";
import { labelStep, tickDigits, ticksOf } from "./axis.ts";
import type { Bar } from "./bar.ts";
import type { Room } from "./use-room.ts";

/** Of the bars; what stands above and below them grows with the text (charts.css: `.bars`). */
const BARS_HEIGHT = 170;

/** Where everything of a bar chart stands, in pixels. */
export interface Layout {
  height: number;
  /** Where the bars' ground begins and ends. */
  top: number;
  bottom: number;
  scale: number;
  ticks: readonly { at: number; y: number; label: string }[];
  /** Left edge of the first bar's share, a share's width, a bar's width. */
  left: number;
  step: number;
  thick: number;
  y: (value: number) => number;
  /** Every so many bars have a label, and where its middle is: the last one's not beyond the edge. */
  every: number;
  labelX: (index: number) => number;
}

export function layoutOf(bars: readonly Bar[], { width, scale }: Room): Layout {
  const values = bars.flatMap(({ up, down, ghostUp, ghostDown }) => [
    up ?? 0,
    -(down ?? 0),
    ghostUp ?? 0,
    -(ghostDown ?? 0),
  ]);
  const ticks = ticksOf(Math.min(...values, 0), Math.max(...values, 0.1));
  const [low, high] = [ticks[0] ?? 0, ticks.at(-1) ?? 1];
  const digits = tickDigits(ticks);
  const labels = ticks.map((tick) => numberText(Math.abs(tick), digits));
  const left = 10 + Math.max(3, ...labels.map((label) => label.length)) * 6.7 * scale;
  const step = Math.max(0, width - left) / Math.max(1, bars.length);
  const top = 24 * scale;
  const bottom = top + BARS_HEIGHT;
  const y = (value: number): number => top + ((high - value) / (high - low)) * BARS_HEIGHT;
  const labelWidth = Math.max(1, ...bars.map((bar) => bar.label.length)) * 7.5 * scale + 8;
  return {
    height: bottom + 26 * scale,
    top,
    bottom,
    scale,
    ticks: ticks.map((at, index) => ({ at, y: y(at), label: labels[index] ?? "" })),
    left,
    step,
    thick: Math.max(2, Math.min(44, step * (step < 14 ? 0.78 : 0.66))),
    y,
    labelX: (index) =>
      Math.min(left + (index + 0.5) * step, width - (bars[index]?.label.length ?? 0) * 3.5 * scale),
    every: labelStep(bars.length, Math.max(1, width - left), labelWidth),
  };
}
