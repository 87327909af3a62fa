import type { VNode } from "preact";
import { address } from "../http.ts";
import { language, setLanguage, text, type Language } from "../i18n.ts";
import { setTheme, theme, type Theme } from "../theme.ts";

const THEMES: readonly Theme[] = ["auto", "light", "dark"];
const NAMES = { auto: "themeAuto", light: "themeLight", dark: "themeDark" } as const;

/** Language, appearance, and the way to the API. */
export function Bottom(): VNode {
  return (
    <footer class="bottom">
      <label>
        <span class="visually-hidden">{text("language")}</span>
        <select
          value={language.value}
          onChange={(event) => setLanguage(event.currentTarget.value as Language)}
        >
          <option value="de">Deutsch</option>
          <option value="en">English</option>
        </select>
      </label>
      <label>
        <span class="visually-hidden">{text("theme")}</span>
        <select value={theme.value} onChange={(event) => setTheme(event.currentTarget.value as Theme)}>
          {THEMES.map((name) => (
            <option key={name} value={name}>
              {text(NAMES[name])}
            </option>
          ))}
        </select>
      </label>
      <a href={address("docs")}>{text("docs")}</a>
    </footer>
  );
}
