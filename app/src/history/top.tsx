import type { VNode } from "preact";
import { text } from "../i18n.ts";
import { PERIODS, type Period } from "../time/period.ts";
import { Segmented } from "../ui/segmented.tsx";
import { PeriodBar } from "./period-bar.tsx";
import { change, view, type Compare, type Show } from "./view.ts";

const PERIOD_WORDS = {
  day: "period.day",
  week: "period.week",
  month: "period.month",
  year: "period.year",
} as const;

/** Which stretch of time: its length, and which one. */
export function HistoryTop(): VNode {
  return (
    <div class="history-top">
      <Segmented<Period>
        label={text("period")}
        value={view.value.period}
        options={PERIODS.map((value) => ({ value, label: text(PERIOD_WORDS[value]) }))}
        onChange={(period) => change({ period })}
      />
      <PeriodBar />
    </div>
  );
}

/** What is shown of it, and against what. */
export function Toggles(): VNode {
  const { show, compare } = view.value;
  return (
    <div class="toggles">
      <Segmented<Show>
        label={text("show")}
        value={show}
        options={[
          { value: "energy", label: "kWh" },
          { value: "cost", label: text("nav.costs") },
          { value: "power", label: "W" },
        ]}
        onChange={(next) => change({ show: next })}
      />
      {show === "energy" && (
        <label class="compare-picker">
          <span class="visually-hidden">{text("compare")}</span>
          <select
            value={compare}
            onChange={(event) => change({ compare: event.currentTarget.value as Compare })}
          >
            <option value="none">{text("compare.none")}</option>
            <option value="previous">{text("compare.previous")}</option>
            <option value="year">{text("compare.year")}</option>
          </select>
        </label>
      )}
    </div>
  );
}
