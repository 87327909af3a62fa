import { computed, effect, signal, type ReadonlySignal, type Signal } from "@preact/signals";
import { keep, kept } from "./kept.ts";

export type Theme = "auto" | "light" | "dark";

const remembered = kept("theme");

export const theme: Signal<Theme> = signal(
  remembered === "light" || remembered === "dark" ? remembered : "auto",
);

const darkScreens = matchMedia("(prefers-color-scheme: dark)");
const dark = signal(darkScreens.matches);
darkScreens.addEventListener("change", ({ matches }) => (dark.value = matches));
/** The theme that is seen: what is painted, not styled, is painted anew when it changes. */
export const shownTheme: ReadonlySignal<"light" | "dark"> = computed(() =>
  theme.value === "auto" ? (dark.value ? "dark" : "light") : theme.value,
);

effect(() => {
  document.documentElement.dataset["theme"] = theme.value;
});

export function setTheme(next: Theme): void {
  keep("theme", next);
  theme.value = next;
}
