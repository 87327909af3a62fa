import type { VNode } from "preact";
import { text } from "../i18n.ts";
import { addressOf } from "../router.ts";
import { Head } from "../ui/head.tsx";
import { Icon } from "../ui/icon.tsx";
import { Link } from "../ui/link.tsx";

/** What the app carries of other people's work. */
const WORKS = [
  { name: "Preact, Preact Signals", licence: "MIT", owner: "Jason Miller, Preact contributors" },
  { name: "uPlot", licence: "MIT", owner: "Leon Sorokin" },
  { name: "eventsource-parser", licence: "MIT", owner: "Espen Hovlandsdal" },
] as const;

export default function Licences(): VNode {
  return (
    <>
      <Head title={text("licences.title")}>
        <Link class="button back" href={addressOf("more")}>
          <Icon name="left" />
          {text("nav.more")}
        </Link>
      </Head>
      <section class="card stack">
        <p>
          <strong>Smart Meter Platform</strong> · Apache-2.0
        </p>
        <p class="note">{text("licences.text")}</p>
        <ul role="list" class="stack">
          {WORKS.map(({ name, licence, owner }) => (
            <li key={name}>
              <strong>{name}</strong> · {licence}
              <br />
              <span class="note">{owner}</span>
            </li>
          ))}
        </ul>
      </section>
    </>
  );
}
