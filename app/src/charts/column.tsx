import type { VNode } from "preact";
import type { Bar } from "./bar.ts";
import { BOTTOM, HEIGHT, TOP, type Layout } from "./layout.ts";

export interface ColumnProps {
  bar: Bar;
  index: number;
  selected: boolean;
  layout: Layout;
}

/** One bar with what belongs to it: the outline of the compared one, hatching for what is unsure, its gap, its label. */
export function Column({ bar, index, selected, layout }: ColumnProps): VNode {
  const { left, step, thick, y, every } = layout;
  const x = left + index * step + (step - thick) / 2;
  const piece = (from: number, to: number, name: string): VNode | null => {
    const [top, bottom] = [Math.min(y(from), y(to)), Math.max(y(from), y(to))];
    if (bottom - top < 0.2) return null;
    const height = Math.max(1, bottom - top);
    return <rect x={x} y={top} width={thick} height={height} rx={Math.min(3, thick / 4)} class={name} />;
  };
  const whole = { x: left + index * step, width: step };
  const [up, down] = [bar.up ?? 0, bar.down ?? 0];
  const nothing = bar.missing === 1 && bar.up === null && bar.down === null;
  return (
    <g class={selected ? "bar selected" : "bar"}>
      {selected && <rect {...whole} y={TOP - 4} height={HEIGHT - TOP - BOTTOM + 8} class="glow" rx="4" />}
      {nothing && <rect {...whole} y={TOP} height={HEIGHT - TOP - BOTTOM} class="gap" />}
      {bar.ghostUp !== null && piece(0, bar.ghostUp, "ghost")}
      {bar.ghostDown !== null && piece(0, -bar.ghostDown, "ghost")}
      {piece(0, up - bar.upHatched, "up")}
      {bar.upHatched > 0 && piece(up - bar.upHatched, up, "up hatched")}
      {piece(0, -(down - bar.downHatched), "down")}
      {bar.downHatched > 0 && piece(-(down - bar.downHatched), -down, "down hatched")}
      {bar.missing > 0 && !nothing && (
        <rect x={x} y={HEIGHT - BOTTOM + 1} width={thick} height="4" class="gap" />
      )}
      {index % every === 0 && (
        <text x={left + (index + 0.5) * step} y={HEIGHT - 6} class="tick" text-anchor="middle">
          {bar.label}
        </text>
      )}
    </g>
  );
}
