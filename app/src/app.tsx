import type { VNode } from "preact";
import { AgeBadge } from "./components/age-badge.tsx";
import { Bottom } from "./components/bottom.tsx";
import { Empty } from "./components/empty.tsx";
import { Gauge } from "./components/gauge.tsx";
import { LastHour } from "./components/last-hour.tsx";
import { Phases } from "./components/phases.tsx";
import { Registers } from "./components/registers.tsx";
import { Today } from "./components/today.tsx";
import { clockText } from "./format.ts";
import { text } from "./i18n.ts";
import { scaleOf } from "./scale.ts";
import {
  ageMs,
  connected,
  everConnected,
  failure,
  freshness,
  meter,
  meters,
  now,
  retry,
  select,
  selectedId,
  slots,
  today,
} from "./state.ts";

function Top(): VNode {
  const list = meters.value ?? [];
  const shown = meter.value;
  return (
    <header class="top">
      {list.length > 1 ? (
        <label>
          <span class="visually-hidden">{text("meter")}</span>
          <select value={selectedId.value} onChange={(event) => select(event.currentTarget.value)}>
            {list.map(({ id, name, number }) => (
              <option key={id} value={id}>
                {number === "" ? name : `${name} · ${number}`}
              </option>
            ))}
          </select>
        </label>
      ) : (
        <h1>
          {shown?.name ?? text("appName")} <small>{shown?.number}</small>
        </h1>
      )}
      {now.value && shown && (
        <AgeBadge freshness={freshness.value} ageMs={ageMs.value} t={now.value.t} tz={shown.tz} />
      )}
    </header>
  );
}

function Screen(): VNode | null {
  const reading = now.value;
  const shown = meter.value;
  if (!reading || !shown) return <p class="card">{text("connecting")}</p>;
  const stale = freshness.value !== "live";
  const seen = slots.value.flatMap(({ averageW, minW, maxW }) => (averageW === null ? [] : [minW, maxW]));
  const notes = [
    ...(stale ? [text("readAt", { time: clockText(reading.t, shown.tz, { seconds: true }) })] : []),
    ...(reading.quality.includes("server-time") ? [text("serverTime")] : []),
    ...(reading.quality.includes("suspect") ? [text("suspect")] : []),
  ];
  return (
    <div class="grid">
      <div class="column">
        <section class="card" aria-label={text("powerNow")}>
          <Gauge powerW={reading.powerW} scale={scaleOf([...seen, reading.powerW ?? 0])} stale={stale} />
          {notes.map((note) => (
            <p key={note} class="note">
              {note}
            </p>
          ))}
        </section>
        <Today today={today.value} />
      </div>
      <div class="column">
        <LastHour slots={slots.value} tz={shown.tz} />
        <Phases registers={reading.registers} />
        <Registers registers={reading.registers} />
      </div>
    </div>
  );
}

export function App(): VNode {
  return (
    <>
      <Top />
      {!connected.value && everConnected.value && (
        <p class="banner" role="status">
          {text("disconnected")}
        </p>
      )}
      <main>
        {meters.value === undefined && failure.value !== undefined ? (
          <section class="card empty">
            <h2>{text("errorTitle")}</h2>
            <p>{failure.value}</p>
            <button type="button" onClick={retry}>
              {text("retry")}
            </button>
          </section>
        ) : meters.value?.length === 0 ? (
          <Empty />
        ) : (
          <Screen />
        )}
      </main>
      <Bottom />
    </>
  );
}
