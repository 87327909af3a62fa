import { HOUR_MS } from "@smp/schemas";
import type { VNode } from "preact";
import type { PricePoint, Window } from "../costs/prices.ts";
import { numberText } from "../format/numbers.ts";
import { hourText, weekdayText } from "../format/times.ts";
import { clockHours } from "../time/period.ts";
import { labelStep, tickDigits, ticksOf } from "./axis.ts";
import { useRoom, type Room } from "./use-room.ts";

/** Of the prices; what stands around them grows with the text (charts.css: `.price-curve`). */
const PRICES_HEIGHT = 134;
const STEP_HOURS = 3;

export interface PriceCurveProps {
  points: readonly PricePoint[];
  nowMs: number;
  window: Window | undefined;
  unit: string;
  nowWord: string;
  tz: string;
}

interface HoursProps {
  from: number;
  to: number;
  x: (ms: number) => number;
  /** Of their letters. */
  y: number;
  left: number;
  room: Room;
  tz: string;
}

/** Every third hour of the clock as far as there is room; midnight is named by its day. */
function Hours({ from, to, x, y, left, room: { width, scale }, tz }: HoursProps): VNode {
  const count = Math.round((to - from) / HOUR_MS / STEP_HOURS) + 1;
  const every = labelStep(count, Math.max(1, width - left), 46 * scale);
  return (
    <>
      {clockHours(from, to, every * STEP_HOURS, tz).map((ms, index) =>
        x(ms) < width - 14 * scale && (index === 0 || x(ms) - left > 58 * scale) ? (
          <text key={ms} x={x(ms)} y={y} class="tick" text-anchor={index === 0 ? "start" : "middle"}>
            {hourText(ms, tz) === "00:00" && index > 0 ? weekdayText(ms, tz) : hourText(ms, tz)}
          </text>
        ) : null,
      )}
    </>
  );
}

/** Prices as steps, today and tomorrow; what is over is faint, now is a line, the cheapest stretch is filled. */
export function PriceCurve({ points, nowMs, window, unit, nowWord, tz }: PriceCurveProps): VNode {
  const [box, room] = useRoom<HTMLDivElement>();
  const { width, scale } = room;
  const [left, top] = [34 * scale, 22 * scale];
  const bottom = top + PRICES_HEIGHT;
  const height = bottom + 24 * scale;
  const known = points.filter(({ price }) => price !== null);
  const cents = known.map(({ price }) => (price ?? 0) * 100);
  const ticks = ticksOf(Math.min(0, ...cents), Math.max(1, ...cents));
  const digits = tickDigits(ticks);
  const [low, high] = [ticks[0] ?? 0, ticks.at(-1) ?? 1];
  const [from, to] = [points[0]?.startMs ?? 0, known.at(-1)?.endMs ?? 1];
  const x = (ms: number): number => left + ((ms - from) / (to - from)) * (width - left);
  const y = (cent: number): number => top + ((high - cent) / (high - low)) * PRICES_HEIGHT;
  const inWindow = ({ startMs }: PricePoint): boolean =>
    window !== undefined && startMs >= window.startMs && startMs < window.endMs;
  return (
    <div ref={box} class="price-curve" aria-hidden="true">
      {width > 0 && (
        <svg width={width} height={height}>
          {ticks.map((tick) => (
            <g key={tick}>
              <line x1={left} x2={width} y1={y(tick)} y2={y(tick)} class={tick === 0 ? "base" : "grid"} />
              <text x={left - 6} y={y(tick) + 3.5 * scale} class="tick" text-anchor="end">
                {numberText(tick, digits)}
              </text>
            </g>
          ))}
          <text x={0} y={9 * scale} class="tick">
            {unit}
          </text>
          {known.map((point) => (
            <rect
              key={point.startMs}
              x={x(point.startMs)}
              width={Math.max(1, x(point.endMs) - x(point.startMs) + 0.4)}
              y={Math.min(y(0), y((point.price ?? 0) * 100))}
              height={Math.max(1, Math.abs(y(0) - y((point.price ?? 0) * 100)))}
              class={inWindow(point) ? "price cheap" : point.endMs <= nowMs ? "price over" : "price"}
            />
          ))}
          <Hours from={from} to={to} x={x} y={height - 6 * scale} left={left} room={room} tz={tz} />
          {nowMs >= from && nowMs < to && (
            <>
              <line x1={x(nowMs)} x2={x(nowMs)} y1={top - 6 * scale} y2={bottom} class="now-line" />
              <text
                x={Math.min(width - 16 * scale, Math.max(left + 16 * scale, x(nowMs)))}
                y={top - 9 * scale}
                class="tick now-word"
                text-anchor="middle"
              >
                {nowWord}
              </text>
            </>
          )}
        </svg>
      )}
    </div>
  );
}
