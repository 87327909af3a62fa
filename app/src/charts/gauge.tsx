import type { VNode } from "preact";
import { powerText, scaleText } from "../format/numbers.ts";
import { parted } from "../format/parted.ts";
import { text } from "../i18n.ts";
import type { Scale } from "./scale.ts";

const SWEEP_DEGREES = 240;
const RADIUS = 84;

function point(share: number): string {
  const radians = ((-90 - SWEEP_DEGREES / 2 + share * SWEEP_DEGREES) * Math.PI) / 180;
  return `${(100 + RADIUS * Math.cos(radians)).toFixed(2)} ${(100 + RADIUS * Math.sin(radians)).toFixed(2)}`;
}

/** An arc between two shares of the sweep, clockwise. */
function arc(from: number, to: number): string {
  const [start, end] = from < to ? [from, to] : [to, from];
  const large = (end - start) * SWEEP_DEGREES > 180 ? 1 : 0;
  return `M ${point(start)} A ${RADIUS} ${RADIUS} 0 ${large} 1 ${point(end)}`;
}

export interface GaugeProps {
  /** Net power, import positive; null: not reported. */
  powerW: number | null;
  scale: Scale;
  stale: boolean;
}

/** Power now: import to the right of zero, export to the left and hatched, so that colour is not the only sign. */
export function Gauge({ powerW, scale, stale }: GaugeProps): VNode {
  const share = (watt: number): number =>
    (Math.min(scale.max, Math.max(scale.min, watt)) - scale.min) / (scale.max - scale.min);
  const zero = share(0);
  const direction =
    powerW === null
      ? text("noPower")
      : powerW > 0
        ? text("importing")
        : powerW < 0
          ? text("exporting")
          : text("idle");
  const shown = powerW === null ? "–" : powerText(Math.abs(powerW));
  const [digits, unit] = parted(shown);
  return (
    <div
      class={stale ? "gauge stale" : "gauge"}
      role="meter"
      aria-label={text("powerNow")}
      aria-valuemin={scale.min}
      aria-valuemax={scale.max}
      aria-valuenow={powerW ?? 0}
      aria-valuetext={`${shown}, ${direction}${stale ? `, ${text("lastValue")}` : ""}`}
    >
      <svg viewBox="0 0 200 149" aria-hidden="true">
        <path d={arc(0, 1)} class="track" />
        {powerW !== null && powerW !== 0 && (
          <path d={arc(zero, share(powerW))} class={powerW > 0 ? "import" : "export"} />
        )}
        <circle cx={point(zero).split(" ")[0]} cy={point(zero).split(" ")[1]} r="4" class="zero" />
      </svg>
      <p class="scale" aria-hidden="true">
        <span>{scaleText(scale.min)}</span>
        <span>{scaleText(scale.max)}</span>
      </p>
      <div class="gauge-value" aria-hidden="true">
        <strong>
          {digits}
          <small> {unit}</small>
        </strong>
        <span>{stale ? text("lastValue") : direction}</span>
      </div>
    </div>
  );
}
