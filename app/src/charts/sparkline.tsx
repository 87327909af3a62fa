import type { VNode } from "preact";

const WIDTH = 240;
const HEIGHT = 44;

/** A day's power in a few pixels; where nothing was measured it is broken. */
export function Sparkline({ values }: { values: readonly (number | null)[] }): VNode {
  const known = values.filter((value) => value !== null);
  const top = Math.max(100, ...known);
  const bottom = Math.min(0, ...known);
  const x = (index: number): number => (index / values.length) * WIDTH;
  const y = (value: number): number => 2 + ((top - value) / (top - bottom)) * (HEIGHT - 4);
  let path = "";
  let open = false;
  for (const [index, value] of values.entries()) {
    if (value === null) {
      open = false;
      continue;
    }
    path += `${open ? "L" : "M"}${x(index).toFixed(1)} ${y(value).toFixed(1)} H${x(index + 1).toFixed(1)} `;
    open = true;
  }
  return (
    <svg class="sparkline" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      <line x1="0" x2={WIDTH} y1={y(0)} y2={y(0)} class="zero-line" vector-effect="non-scaling-stroke" />
      <path d={path} class="line" vector-effect="non-scaling-stroke" />
    </svg>
  );
}
