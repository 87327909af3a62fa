import type { VNode } from "preact";
import { text } from "../i18n.ts";

/** No meter yet: what to do, in commands that can be copied. */
export function Empty(): VNode {
  return (
    <section class="card empty">
      <h2>{text("emptyTitle")}</h2>
      <p>{text("emptyText")}</p>
      <p class="note">{text("emptyHow")}</p>
      <pre tabIndex={0}>
        <code>npx smp device add my-device</code>
      </pre>
    </section>
  );
}
