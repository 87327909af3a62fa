import type { VNode } from "preact";

/** Patterns that say by shape what colour says too: hatched means "not measured here", striped means "fed in". */
export function Hatches(): VNode {
  const lines = (id: string, angle: number, size: number): VNode => (
    <pattern
      id={id}
      width={size}
      height={size}
      patternUnits="userSpaceOnUse"
      patternTransform={`rotate(${angle})`}
    >
      <rect width={size} height={size} class="hatch-ground" />
      <rect width={size / 2} height={size} class="hatch-line" />
    </pattern>
  );
  return (
    <svg class="hatches" width="0" height="0" aria-hidden="true">
      <defs>
        <g class="hatch-import">{lines("hatch-import", 45, 6)}</g>
        <g class="hatch-export">{lines("hatch-export", -45, 6)}</g>
        <g class="hatch-money">{lines("hatch-money", 45, 6)}</g>
        <g class="hatch-gap">{lines("hatch-gap", 45, 7)}</g>
      </defs>
    </svg>
  );
}
