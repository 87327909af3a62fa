import type { VNode } from "preact";
import type { Freshness } from "../state/freshness.ts";
import { ageText, clockText } from "../format/times.ts";
import { text } from "../i18n.ts";

export interface AgeBadgeProps {
  freshness: Freshness;
  ageMs: number;
  /** Time of the last reading, Unix ms UTC. */
  t: number;
  tz: string;
}

const MARKS: Record<Freshness, string> = { live: "●", stale: "◐", offline: "○" };

/** How old the number on the screen is, in words; the shape changes too, not only the colour. */
export function AgeBadge({ freshness, ageMs, t, tz }: AgeBadgeProps): VNode {
  const words =
    freshness === "live"
      ? text("ageNow", { age: ageText(ageMs) })
      : freshness === "stale"
        ? text("ageStale", { age: ageText(ageMs) })
        : text("ageOffline", { since: clockText(t, tz) });
  return (
    <p class={`age ${freshness}`}>
      <span aria-hidden="true">{MARKS[freshness]}</span> {words}
    </p>
  );
}
