import type { VNode } from "preact";
import { address } from "../api/http.ts";
import { dateText } from "../format/times.ts";
import { language, setLanguage, text, type Language, type TextKey } from "../i18n.ts";
import { addressOf, type ScreenName } from "../router.ts";
import { meterTz } from "../state/meters.ts";
import { useSession } from "../state/session.ts";
import { setTheme, theme, type Theme } from "../state/theme.ts";
import { Head } from "../ui/head.tsx";
import { Icon, type IconName } from "../ui/icon.tsx";
import { Link } from "../ui/link.tsx";
import { Segmented } from "../ui/segmented.tsx";

const THEMES: readonly { value: Theme; label: TextKey }[] = [
  { value: "auto", label: "themeAuto" },
  { value: "light", label: "themeLight" },
  { value: "dark", label: "themeDark" },
];
const LINKS: readonly { name: ScreenName; icon: IconName; label: TextKey }[] = [
  { name: "export", icon: "export", label: "export.title" },
  { name: "community", icon: "people", label: "community.title" },
  { name: "tariffs", icon: "tariff", label: "tariffs.title" },
  { name: "tokens", icon: "key", label: "tokens.title" },
];

/** Everything that one needs seldom. */
export default function MoreScreen(): VNode {
  const { session } = useSession();
  return (
    <>
      <Head title={text("nav.more")} />
      <div class="grid more">
        <div class="column">
          {LINKS.map(({ name, icon, label }) => (
            <Link key={name} class="card row-link" href={addressOf(name)}>
              <Icon name={icon} />
              <span>{text(label)}</span>
              <Icon name="right" />
            </Link>
          ))}
          <a class="card row-link" href={address("docs")}>
            <Icon name="book" />
            <span>{text("docs")}</span>
            <Icon name="right" />
          </a>
        </div>
        <div class="column">
          <section class="card stack">
            <h2>{text("language")}</h2>
            <Segmented<Language>
              label={text("language")}
              value={language.value}
              options={[
                { value: "de", label: "Deutsch" },
                { value: "en", label: "English" },
              ]}
              onChange={setLanguage}
            />
            <h2>{text("theme")}</h2>
            <Segmented<Theme>
              label={text("theme")}
              value={theme.value}
              options={THEMES.map(({ value, label }) => ({ value, label: text(label) }))}
              onChange={setTheme}
            />
          </section>
          <section class="card">
            <h2>{text("session.title")}</h2>
            <p>
              {session === undefined || session.anonymous ? text("session.anonymous") : session.name}
              {session !== undefined && session.expires !== null && (
                <span class="note">
                  {" "}
                  · {text("session.until", { day: dateText(Date.parse(session.expires), meterTz.value) })}
                </span>
              )}
            </p>
          </section>
          <Link class="card row-link" href={addressOf("licences")}>
            <span>{text("licences.title")}</span>
            <Icon name="right" />
          </Link>
        </div>
      </div>
    </>
  );
}
