import type { VNode } from "preact";
import { moved, type Bar } from "./bar.ts";
import { Column } from "./column.tsx";
import { layoutOf } from "./layout.ts";
import { useRoom } from "./use-room.ts";

export interface BarsProps {
  label: string;
  bars: readonly Bar[];
  unit: string;
  /** The colours. */
  kind: "energy" | "money";
  selected: number | null;
  onSelect: (index: number) => void;
  onOpen: (index: number) => void;
}

/**
 * Bars over time: up what came in, down what went out. The whole chart is one control: tap a bar, or arrow keys and Enter; so
 * that a bar of ten pixels is no target of ten pixels.
 */
export function Bars({ label, bars, unit, kind, selected, onSelect, onOpen }: BarsProps): VNode {
  const [box, room] = useRoom<HTMLDivElement>();
  const layout = layoutOf(bars, room);
  const { width, scale } = room;
  const last = bars.length - 1;
  const onKeyDown = (event: KeyboardEvent): void => {
    const target = moved(bars, event.key, selected);
    if (target !== undefined) onSelect(target);
    else if ((event.key === "Enter" || event.key === " ") && selected !== null) onOpen(selected);
    else return;
    event.preventDefault();
  };
  const onClick = (event: MouseEvent): void => {
    const across = event.clientX - (box.current?.getBoundingClientRect().left ?? 0) - layout.left;
    const index = Math.min(last, Math.max(0, Math.floor(across / layout.step)));
    onSelect(index);
    onOpen(index);
  };
  return (
    <div
      ref={box}
      class={`bars ${kind}`}
      role="slider"
      tabIndex={0}
      aria-label={label}
      aria-orientation="horizontal"
      aria-valuemin={0}
      aria-valuemax={Math.max(0, last)}
      aria-valuenow={selected ?? 0}
      aria-valuetext={bars[selected ?? 0]?.spoken ?? ""}
      onKeyDown={onKeyDown}
      onClick={onClick}
    >
      {width > 0 && (
        <svg width={width} height={layout.height} aria-hidden="true">
          {layout.ticks.map(({ at, y, label: shown }) => (
            <g key={at}>
              <line x1={layout.left} x2={width} y1={y} y2={y} class={at === 0 ? "base" : "grid"} />
              <text x={layout.left - 6} y={y + 3.5 * scale} class="tick" text-anchor="end">
                {shown}
              </text>
            </g>
          ))}
          <text x={0} y={9 * scale} class="tick">
            {unit}
          </text>
          {bars.map((bar, index) => (
            <Column key={bar.key} bar={bar} index={index} selected={index === selected} layout={layout} />
          ))}
        </svg>
      )}
    </div>
  );
}
