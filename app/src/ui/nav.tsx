import type { VNode } from "preact";
import { text, type TextKey } from "../i18n.ts";
import { addressOf, route, type ScreenName } from "../router.ts";
import { Icon, type IconName } from "./icon.tsx";
import { Link } from "./link.tsx";

const ENTRIES: readonly { name: ScreenName; icon: IconName; label: TextKey; also: readonly ScreenName[] }[] =
  [
    { name: "", icon: "now", label: "nav.now", also: [] },
    { name: "history", icon: "history", label: "nav.history", also: [] },
    { name: "costs", icon: "costs", label: "nav.costs", also: ["tariffs"] },
    { name: "meters", icon: "meters", label: "nav.meters", also: [] },
    { name: "more", icon: "more", label: "nav.more", also: ["export", "tokens", "licences", "community"] },
  ];

/** The five places of the app: a bar under the thumb on a phone, a rail at the side on a wide screen. */
export function Nav(): VNode {
  const here = route.value.name;
  return (
    <nav class="nav" aria-label={text("nav.label")}>
      {ENTRIES.map(({ name, icon, label, also }) => (
        <Link
          key={name}
          href={addressOf(name)}
          current={here === name || also.some((other) => other === here)}
        >
          <Icon name={icon} />
          <span>{text(label)}</span>
        </Link>
      ))}
    </nav>
  );
}
