import type { VNode } from "preact";
import type { Bar } from "./bar.ts";
import type { Layout } from "./layout.ts";

export interface ColumnProps {
  bar: Bar;
  index: number;
  selected: boolean;
  layout: Layout;
}

/** One bar with what belongs to it: the outline of the compared one, hatching for what is unsure, its gap, its label. */
export function Column({ bar, index, selected, layout }: ColumnProps): VNode {
  const { left, step, thick, y, every, top, bottom, height, scale } = layout;
  const x = left + index * step + (step - thick) / 2;
  const piece = (from: number, to: number, name: string): VNode | null => {
    const tall = Math.abs(y(from) - y(to));
    if (tall < 0.2) return null;
    const shape = { y: Math.min(y(from), y(to)), height: Math.max(1, tall), rx: Math.min(3, thick / 4) };
    return <rect x={x} width={thick} {...shape} class={name} />;
  };
  const whole = { x: left + index * step, width: step };
  const [up, down] = [bar.up ?? 0, bar.down ?? 0];
  const nothing = bar.missing === 1 && bar.up === null && bar.down === null;
  return (
    <g class={selected ? "bar selected" : "bar"}>
      {selected && <rect {...whole} y={top - 4} height={bottom - top + 8} class="glow" rx="4" />}
      {nothing && <rect {...whole} y={top} height={bottom - top} class="gap" />}
      {bar.ghostUp !== null && piece(0, bar.ghostUp, "ghost")}
      {bar.ghostDown !== null && piece(0, -bar.ghostDown, "ghost")}
      {piece(0, up - bar.upHatched, "up")}
      {bar.upHatched > 0 && piece(up - bar.upHatched, up, "up hatched")}
      {piece(0, -(down - bar.downHatched), "down")}
      {bar.downHatched > 0 && piece(-(down - bar.downHatched), -down, "down hatched")}
      {bar.missing > 0 && !nothing && <rect x={x} y={bottom + 1} width={thick} height="4" class="gap" />}
      {index % every === 0 && (
        <text x={layout.labelX(index)} y={height - 6 * scale} class="tick" text-anchor="middle">
          {bar.label}
        </text>
      )}
    </g>
  );
}
