import { effect, signal, type Signal } from "@preact/signals";
import { keep, kept } from "./kept.ts";

export type Theme = "auto" | "light" | "dark";

const remembered = kept("theme");

export const theme: Signal<Theme> = signal(
  remembered === "light" || remembered === "dark" ? remembered : "auto",
);

effect(() => {
  document.documentElement.dataset["theme"] = theme.value;
});

export function setTheme(next: Theme): void {
  keep("theme", next);
  theme.value = next;
}
