import type { VNode } from "preact";

export interface CoverageStripProps {
  /** Share of each day with readings; null: before the meter. */
  days: readonly (number | null)[];
}

/** A day a block: full, half full by height, or hatched where there is nothing. */
export function CoverageStrip({ days }: CoverageStripProps): VNode {
  return (
    <svg class="strip" viewBox={`0 0 ${days.length * 10} 24`} preserveAspectRatio="none" aria-hidden="true">
      {days.map((share, index) => (
        <g key={index}>
          <rect x={index * 10} width="8.5" y="0" height="24" class={share === 0 ? "none" : "ground"} />
          {share !== null && share > 0 && (
            <rect x={index * 10} width="8.5" y={24 - 24 * share} height={24 * share} class="full" />
          )}
        </g>
      ))}
    </svg>
  );
}
