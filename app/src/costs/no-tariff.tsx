import type { VNode } from "preact";
import { text } from "../i18n.ts";
import { addressOf } from "../router.ts";
import { Link } from "../ui/link.tsx";

/** There is energy, but no contract that says what it costs. */
export function NoTariff(): VNode {
  return (
    <section class="card centred">
      <h2>{text("noTariff.title")}</h2>
      <p>{text("noTariff.text")}</p>
      <Link class="button primary" href={addressOf("tariffs", { edit: "new" })}>
        {text("noTariff.action")}
      </Link>
      <Link class="button" href={addressOf("tariffs")}>
        {text("noTariff.examples")}
      </Link>
    </section>
  );
}
