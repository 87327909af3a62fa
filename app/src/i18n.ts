import { computed, effect, signal, type ReadonlySignal, type Signal } from "@preact/signals";
import de from "./i18n/de.json";
import en from "./i18n/en.json";
import { keep, kept } from "./state/kept.ts";

export type Language = "de" | "en";
export type TextKey = keyof typeof de;

const texts: Record<Language, Record<TextKey, string>> = { de, en };
const remembered = kept("language");
const preferred: Language = navigator.language.toLowerCase().startsWith("de") ? "de" : "en";
const asked = new URLSearchParams(location.search).get("lang");

/** A link may name the language (`?lang=en`), for a page inside another site. */
export const language: Signal<Language> = signal(
  [asked, remembered].find((name): name is Language => name === "de" || name === "en") ?? preferred,
);

effect(() => {
  document.documentElement.lang = language.value;
});

export function setLanguage(next: Language): void {
  keep("language", next);
  language.value = next;
}

/** The text in the chosen language, with `{name}` replaced. */
export function text(key: TextKey, values: Readonly<Record<string, string | number>> = {}): string {
  return texts[language.value][key].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
}

/** The singular or the plural text, by the language's own rule, with `{count}` replaced. */
export function countText(count: number, one: TextKey, other: TextKey): string {
  const rule = new Intl.PluralRules(locale.value).select(count);
  return text(rule === "one" ? one : other, { count: new Intl.NumberFormat(locale.value).format(count) });
}

/** BCP 47 tag for `Intl`: Austrian German, else English with a 24-hour clock. */
export const locale: ReadonlySignal<string> = computed(() => (language.value === "de" ? "de-AT" : "en-GB"));
