import type { VNode } from "preact";

/** Strokes on a 24 by 24 grid. */
const PATHS = {
  now: "M4.5 17a8.5 8.5 0 1 1 15 0M12 13l3.5-4.5",
  history: "M4 20h16M6.5 16.5v-5M12 16.5v-11M17.5 16.5v-8",
  costs: "M17.5 7.2A6.8 6.8 0 1 0 17.5 16.8M4 10.5h9M4 13.7h8",
  meters: "M5 3.5h14v17H5zM8.5 7h7v4h-7zM9 15.5h1M14 15.5h1",
  more: "M4.5 12a.5.5 0 1 0 1 0a.5.5 0 1 0-1 0M11.5 12a.5.5 0 1 0 1 0a.5.5 0 1 0-1 0M18.5 12a.5.5 0 1 0 1 0a.5.5 0 1 0-1 0",
  left: "M14.5 6 8.5 12l6 6",
  right: "M9.5 6l6 6-6 6",
  down: "M6 9.5l6 6 6-6",
  close: "M6 6l12 12M18 6 6 18",
  copy: "M9 9h10v11H9zM5 15V4h10",
  add: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  key: "M12.5 15a4 4 0 1 1-8 0 4 4 0 0 1 8 0ZM11.5 12.2 20 3.7M16.2 7.5l2.8 2.8",
  export: "M12 4v11M7.5 11 12 15.5 16.5 11M5 20h14",
  people:
    "M9 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM3.5 19c.4-3 2.6-4.8 5.5-4.8s5.1 1.8 5.5 4.8M16 5.5a2.8 2.8 0 0 1 0 5.3M17.5 14.6c1.7.700 2.8 2.2 3 4.4",
  book: "M5 4.5h11a2.5 2.5 0 0 1 2.5 2.5v13H7.5A2.5 2.5 0 0 1 5 17.5zM5 17.5A2.5 2.5 0 0 1 7.5 15h11",
  tariff: "M4 5h16v14H4zM4 10h16M9.5 10v9M15 10v9",
} as const;

export type IconName = keyof typeof PATHS;

/** A decorative sign; the words stand beside it. */
export function Icon({ name }: { name: IconName }): VNode {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
