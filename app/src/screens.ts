import type { VNode } from "preact";

type Screen = () => Promise<{ default: () => VNode }>;

/** Every screen by its address; each comes over the network when it is first opened. */
export const screens: Readonly<Record<string, Screen>> = {
  "": () => import("./now/screen.tsx"),
  history: () => import("./history/screen.tsx"),
  costs: () => import("./costs/screen.tsx"),
  tariffs: () => import("./tariffs/screen.tsx"),
  meters: () => import("./meters/screen.tsx"),
  more: () => import("./more/screen.tsx"),
  export: () => import("./export/screen.tsx"),
  tokens: () => import("./tokens/screen.tsx"),
  licences: () => import("./more/licences.tsx"),
  community: () => import("./community/screen.tsx"),
};
