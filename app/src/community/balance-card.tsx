import type { GroupBalance } from "@smp/schemas/api";
import type { VNode } from "preact";
import { percentText, powerText } from "../format/numbers.ts";
import { text } from "../i18n.ts";
import { platformMs } from "../state/clock.ts";
import { freshnessOf } from "../state/freshness.ts";
import { AgeBadge } from "../ui/age-badge.tsx";
import { Figure } from "../ui/figure.tsx";
import type { Live } from "./balance.ts";

const INTERVAL_MS = 10_000;

/** Consumption and production as two bars on one scale, and what of the consumption the production covers. */
function Flow({ balance, stale }: { balance: GroupBalance; stale: boolean }): VNode {
  const most = Math.max(1, balance.consumption_w, balance.production_w);
  const width = (watt: number): number => (watt / most) * 1000;
  const shared = Math.min(balance.consumption_w, balance.production_w);
  return (
    <svg
      class={stale ? "flow stale" : "flow"}
      viewBox="0 0 1000 56"
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <rect class="track" width="1000" height="22" />
      <rect class="consumption" width={width(balance.consumption_w)} height="22" />
      <rect class="track" y="34" width="1000" height="22" />
      <rect class="production" y="34" width={width(balance.production_w)} height="22" />
      <line
        class="shared"
        x1={width(shared)}
        x2={width(shared)}
        y1="0"
        y2="56"
        vector-effect="non-scaling-stroke"
      />
    </svg>
  );
}

/** What flows in the group now: used, made, and left over or missing. */
export function BalanceCard({ live, tz }: { live: Live; tz: string }): VNode {
  const { balance, allowed } = live;
  if (allowed === false)
    return (
      <section class="card">
        <h2>{text("community.live")}</h2>
        <p class="note">{text("community.notLive")}</p>
      </section>
    );
  if (!balance || balance.t === null)
    return (
      <section class="card">
        <h2>{text("community.live")}</h2>
        <p class="note">
          {text(!balance ? "connecting" : balance.members === 0 ? "community.hidden" : "community.silent")}
        </p>
      </section>
    );
  const ageMs = Math.max(0, platformMs.value - balance.t);
  const freshness = freshnessOf(ageMs, INTERVAL_MS);
  const surplus = balance.net_w < 0;
  const covered = balance.consumption_w === 0 ? 1 : Math.min(1, balance.production_w / balance.consumption_w);
  return (
    <section class="card stack" aria-label={text("community.live")}>
      <div class="balance-head">
        <h2>{text("community.live")}</h2>
        <AgeBadge freshness={freshness} ageMs={ageMs} t={balance.t} tz={tz} />
      </div>
      <div class={`figures balance ${freshness}`}>
        <Figure
          kind="import"
          label={text("community.consumption")}
          value={powerText(balance.consumption_w)}
        />
        <Figure kind="export" label={text("community.production")} value={powerText(balance.production_w)} />
        <Figure
          label={text(surplus ? "community.surplus" : "community.fromGrid")}
          value={powerText(Math.abs(balance.net_w))}
        />
      </div>
      <Flow balance={balance} stale={freshness !== "live"} />
      <p class="summary">
        {text("community.covered", {
          percent: percentText(covered),
          reporting: balance.reporting,
          members: balance.members,
        })}
      </p>
    </section>
  );
}
