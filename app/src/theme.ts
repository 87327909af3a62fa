import { effect, signal, type Signal } from "@preact/signals";

export type Theme = "auto" | "light" | "dark";

const remembered = localStorage.getItem("theme");

export const theme: Signal<Theme> = signal(
  remembered === "light" || remembered === "dark" ? remembered : "auto",
);

effect(() => {
  document.documentElement.dataset["theme"] = theme.value;
});

export function setTheme(next: Theme): void {
  localStorage.setItem("theme", next);
  theme.value = next;
}
