import type { VNode } from "preact";
import { text } from "../i18n.ts";
import { route } from "../router.ts";
import { meters } from "../state/meters.ts";
import { useSession } from "../state/session.ts";
import { Head } from "../ui/head.tsx";
import { MetersAwaited, NoMeter, Ways } from "../ui/no-meter.tsx";
import { MeterDetail } from "./detail.tsx";
import { MeterCard } from "./meter-card.tsx";
import "./meters.css";

/** All meters, or one of them. */
export default function MetersScreen(): VNode {
  const id = route.value.query.get("id");
  const list = meters.value;
  // What one may change is part of a meter's page, and is asked together with the list: no card comes late and moves the others.
  const { known: settled, may } = useSession();
  if (list === undefined || (id !== null && !settled))
    return (
      <>
        <Head title={text("nav.meters")} />
        {list === undefined ? <MetersAwaited /> : <div class="skeleton high" />}
      </>
    );
  if (list.length === 0) return <NoMeter />;
  const entry = list.find((known) => known.id === id);
  if (entry) return <MeterDetail entry={entry} may={may} />;
  return (
    <>
      <Head title={text("nav.meters")} />
      {id !== null && (
        <p class="card" role="alert">
          {text("failure.notFound")}
        </p>
      )}
      <ul class="cards" role="list">
        {list.map((known) => (
          <MeterCard key={known.id} entry={known} />
        ))}
      </ul>
      <details class="card connect">
        <summary>{text("connect")}</summary>
        <Ways />
      </details>
    </>
  );
}
