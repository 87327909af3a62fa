import { numberText } from "../format/numbers.ts";
import { labelStep, tickDigits, ticksOf } from "./axis.ts";
import type { Bar } from "./bar.ts";

export const HEIGHT = 220;
export const TOP = 24;
export const BOTTOM = 26;

/** Where everything of a bar chart stands, in pixels. */
export interface Layout {
  ticks: readonly { at: number; y: number; label: string }[];
  /** Left edge of the first bar's share, a share's width, a bar's width. */
  left: number;
  step: number;
  thick: number;
  y: (value: number) => number;
  /** Every so many bars have a label. */
  every: number;
}

export function layoutOf(bars: readonly Bar[], width: number): Layout {
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
  const left = 10 + Math.max(3, ...labels.map((label) => label.length)) * 6.7;
  const step = Math.max(0, width - left) / Math.max(1, bars.length);
  const y = (value: number): number => TOP + ((high - value) / (high - low)) * (HEIGHT - TOP - BOTTOM);
  const labelWidth = Math.max(1, ...bars.map((bar) => bar.label.length)) * 7.5 + 8;
  return {
    ticks: ticks.map((at, index) => ({ at, y: y(at), label: labels[index] ?? "" })),
    left,
    step,
    thick: Math.max(2, Math.min(44, step * (step < 14 ? 0.78 : 0.66))),
    y,
    every: labelStep(bars.length, Math.max(1, width - left), labelWidth),
  };
}
