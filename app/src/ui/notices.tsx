import type { VNode } from "preact";
import { brokenLink } from "../api/token.ts";
import { text } from "../i18n.ts";
import { addressOf, route } from "../router.ts";
import { chooseMeter, meter, meters } from "../state/meters.ts";
import { Link } from "./link.tsx";
import { nameOf } from "./meter-name.ts";

/** What the address asked for and cannot have: another meter's figures must not be taken for its. */
export function Notices(): VNode | null {
  const asked = route.value.query.get("meter");
  const shown = meter.value;
  const isUnseen =
    asked !== null && shown !== undefined && !(meters.value ?? []).some(({ id }) => id === asked);
  if (!brokenLink.value && !isUnseen) return null;
  return (
    <>
      {brokenLink.value && (
        <div class="offline-bar" role="alert">
          <span>
            {text("notice.token")} <Link href={addressOf("tokens")}>{text("failure.enterToken")}</Link>
          </span>
          <button type="button" onClick={() => (brokenLink.value = false)}>
            {text("close")}
          </button>
        </div>
      )}
      {isUnseen && (
        <div class="offline-bar" role="alert">
          <span>{text("notice.meter", { asked, name: nameOf(shown) })}</span>
          <button type="button" onClick={() => chooseMeter(shown.id)}>
            {text("close")}
          </button>
        </div>
      )}
    </>
  );
}
