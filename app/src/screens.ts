import type { VNode } from "preact";

type Screen = () => Promise<{ default: () => VNode }>;

/** Every screen by its address; each comes over the network when it is first opened. */
export const screens: Readonly<Record<string, Screen>> = {
  "": () => import("./now/screen.tsx"),
  history: () => import("./history/screen.tsx"),
  costs: () => import("./costs/screen.tsx"),
  tariffs: () => import("./tariffs/screen.tsx"),
};
