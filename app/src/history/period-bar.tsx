import type { VNode } from "preact";
import { useRef } from "preact/hooks";
import { dateText, dayText, monthText, rangeText } from "../format/times.ts";
import { text } from "../i18n.ts";
import { minuteMs } from "../state/clock.ts";
import { FIRST_DATE, localDate, type Span } from "../time/period.ts";
import { Icon } from "../ui/icon.tsx";
import { Stepper } from "../ui/stepper.tsx";
import { change, step, view } from "./view.ts";

/** `Di., 24. Nov.`, `16.–22. Nov. 2026`, `November 2026`, `2026`. */
export function spanTitle(span: Span): string {
  if (span.period === "day") return dayText(span.from, span.tz);
  if (span.period === "week") return rangeText(span.from, span.to, span.tz);
  if (span.period === "month") return monthText(span.from, span.tz);
  return span.date.slice(0, 4);
}

/** Back, which period, forward; the period itself opens the browser's calendar. */
export function PeriodBar(): VNode {
  const { span, current } = view.value;
  const picker = useRef<HTMLInputElement>(null);
  return (
    <Stepper class="period-bar" last={current} onStep={step}>
      <label class="date-title">
        <span class="visually-hidden">{text("history.pick")}</span>
        <span aria-hidden="true">{spanTitle(span)}</span>
        <Icon name="down" />
        <input
          ref={picker}
          type="date"
          value={span.date}
          min={FIRST_DATE}
          max={localDate(minuteMs.value, span.tz)}
          aria-description={dateText(span.from, span.tz)}
          onClick={() => picker.current?.showPicker()}
          // A year that is being typed passes through the first centuries.
          onChange={({ currentTarget: { value, validity } }) =>
            value !== "" && validity.valid && change({ date: value })
          }
        />
      </label>
      {!current && (
        <button
          type="button"
          class="quiet today-button"
          onClick={() => change({ date: localDate(minuteMs.value, span.tz) })}
        >
          {text("history.toNow")}
        </button>
      )}
    </Stepper>
  );
}
