import type { EnergySeries } from "@smp/schemas/api";
import type { VNode } from "preact";
import { useEffect } from "preact/hooks";
import { meterPath } from "../api/paths.ts";
import { useResource } from "../api/resource.ts";
import { useCost, usePrices } from "../costs/data.ts";
import { moneyText } from "../format/numbers.ts";
import { localDate, shiftDays, spanOf } from "../time/period.ts";
import { Figure } from "../ui/figure.tsx";
import { PriceNow } from "./price-now.tsx";
import { Gauge } from "../charts/gauge.tsx";
import { scaleOf } from "../charts/scale.ts";
import { clockText } from "../format/times.ts";
import { text } from "../i18n.ts";
import { isSparse, useRhythm } from "../rhythm/use-rhythm.ts";
import { minuteMs } from "../state/clock.ts";
import { ageMs, followLive, freshness, latest, liveFailure, slots } from "../state/live.ts";
import { meter, meterTz } from "../state/meters.ts";
import { AgeBadge } from "../ui/age-badge.tsx";
import { Head } from "../ui/head.tsx";
import { rowsOf, RegisterTable } from "../ui/registers.tsx";
import { Failure } from "../ui/stated.tsx";
import { LastHour } from "./last-hour.tsx";
import { Phases } from "./phases.tsx";
import { countsEnergy, Today } from "./today.tsx";

const readAtText = (t: number): string =>
  text("readAt", { time: clockText(t, meterTz.value, { seconds: true }) });

/** Power now, in the words of the meter; grey and still as soon as it is not now any more. */
function PowerNow(): VNode {
  const reading = latest.value;
  if (!reading)
    return liveFailure.value && liveFailure.value.kind !== "offline" ? (
      <section class="card">
        <Failure failure={liveFailure.value} />
      </section>
    ) : (
      <section class="card gauge-card" role="status">
        <p class="note">{text("connecting")}</p>
      </section>
    );
  const stale = freshness.value !== "live";
  const seen = slots.value.flatMap(({ averageW, minW, maxW }) => (averageW === null ? [] : [minW, maxW]));
  const notes = [
    ...(stale ? [readAtText(reading.t)] : []),
    ...(reading.quality.includes("server-time") ? [text("serverTime")] : []),
    ...(reading.quality.includes("suspect") ? [text("suspect")] : []),
  ];
  return (
    <section class="card gauge-card" aria-label={text("powerNow")}>
      <Gauge powerW={reading.power_w} scale={scaleOf([...seen, reading.power_w ?? 0])} stale={stale} />
      {notes.map((note) => (
        <p key={note} class="note">
          {note}
        </p>
      ))}
    </section>
  );
}

/** What the household looks at first: is it running, how much now, how much today. */
export default function NowScreen(): VNode {
  useEffect(followLive, []);
  const shown = meter.value;
  const tz = meterTz.value;
  // A new path with every day: at midnight the screen begins the new day by itself.
  const date = localDate(minuteMs.value, tz);
  const query = new URLSearchParams({ from: date, resolution: "1h", tz });
  const energy = useResource<EnergySeries>(shown && `${meterPath(shown.id)}/energy?${query}`, 30_000);
  const sparse = isSparse(energy.data?.total) ? shown?.id : undefined;
  const rhythm = useRhythm(sparse, spanOf("day", date, tz), minuteMs.value);
  const cost = useCost(shown?.id, { from: date, to: shiftDays(date, 1), tz }, "day", true);
  const prices = usePrices(shown?.id, date, tz);
  const reading = latest.value;
  const counts = reading === undefined || countsEnergy(reading);
  const readAt = reading && freshness.value !== "live" ? readAtText(reading.t) : undefined;
  return (
    <>
      <Head title={text("nav.now")} withMeter>
        {reading && <AgeBadge freshness={freshness.value} ageMs={ageMs.value} t={reading.t} tz={tz} />}
      </Head>
      <div class="grid now">
        <div class="column">
          <PowerNow />
          <Today energy={energy} rhythm={rhythm} counts={counts}>
            {cost.data && !cost.loading && cost.data.total.total !== null && cost.data.currency !== null && (
              <Figure
                kind="money"
                label={text("cost")}
                value={moneyText(cost.data.total.total, cost.data.currency)}
              />
            )}
          </Today>
          {prices.data && !prices.loading && <PriceNow prices={prices.data} />}
        </div>
        <div class="column">
          <LastHour slots={slots.value} tz={tz} />
          {reading && <Phases registers={rowsOf(reading)} readAt={readAt} />}
          {reading && (
            <section class={readAt === undefined ? "card" : "card old"}>
              <details open={!counts}>
                <summary>{text("registers")}</summary>
                {readAt !== undefined && <p class="note">{readAt}</p>}
                <RegisterTable registers={rowsOf(reading)} />
              </details>
            </section>
          )}
        </div>
      </div>
    </>
  );
}
