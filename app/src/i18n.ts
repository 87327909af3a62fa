import { computed, effect, signal, type ReadonlySignal, type Signal } from "@preact/signals";
import de from "./i18n/de.json";
import en from "./i18n/en.json";

export type Language = "de" | "en";
export type TextKey = keyof typeof de;

const texts: Record<Language, Record<TextKey, string>> = { de, en };
const remembered = localStorage.getItem("language");
const preferred: Language = navigator.language.toLowerCase().startsWith("de") ? "de" : "en";

export const language: Signal<Language> = signal(
  remembered === "de" || remembered === "en" ? remembered : preferred,
);

effect(() => {
  document.documentElement.lang = language.value;
});

export function setLanguage(next: Language): void {
  localStorage.setItem("language", next);
  language.value = next;
}

/** The text in the chosen language, with `{name}` replaced. */
export function text(key: TextKey, values: Record<string, string> = {}): string {
  return texts[language.value][key].replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? "");
}

/** BCP 47 tag for `Intl`: Austrian German, else English with a 24-hour clock. */
export const locale: ReadonlySignal<string> = computed(() => (language.value === "de" ? "de-AT" : "en-GB"));
