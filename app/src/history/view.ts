import { computed, type ReadonlySignal } from "@preact/signals";
import { addressOf, navigate, route } from "../router.ts";
import { minuteMs } from "../state/clock.ts";
import { keep, kept } from "../state/kept.ts";
import { meterTz } from "../state/meters.ts";
import {
  isDate,
  localDate,
  PERIODS,
  shift,
  spanOf,
  yearBefore,
  type Period,
  type Span,
} from "../time/period.ts";

export type Show = "energy" | "cost" | "power";
export type Compare = "none" | "previous" | "year";

/** What the address of the history screen asks for. */
export interface View {
  period: Period;
  show: Show;
  compare: Compare;
  span: Span;
  /** The compared period. */
  other: Span | undefined;
  /** The one that holds now. */
  current: boolean;
}

const oneOf = <T extends string>(value: string | null | undefined, values: readonly T[], fallback: T): T =>
  values.find((known) => known === value) ?? fallback;

/** The platform's date, in the meter's zone: changes at midnight there. */
const today: ReadonlySignal<string> = computed(() => localDate(minuteMs.value, meterTz.value));

/** Without a date in the address it is the period that holds now: at midnight the screen goes on by itself. */
export const view: ReadonlySignal<View> = computed(() => {
  const { query } = route.value;
  const period = oneOf(query.get("period") ?? kept("period"), PERIODS, "week");
  const show = oneOf(query.get("show") ?? kept("show"), ["energy", "cost", "power"] as const, "energy");
  const compare = oneOf(query.get("compare"), ["none", "previous", "year"] as const, "none");
  const asked = query.get("date") ?? "";
  const date = isDate(asked) ? asked : today.value;
  const span = spanOf(period, date, meterTz.value);
  const other = compare === "previous" ? shift(span, -1) : compare === "year" ? yearBefore(span) : undefined;
  const current = span.date === spanOf(period, today.value, meterTz.value).date;
  return { period, show, compare, span, other, current };
});

/** The address of the same view with something changed. */
export function viewAddress(change: {
  period?: Period;
  show?: Show;
  compare?: Compare;
  date?: string;
}): string {
  const { period, show, compare, span, current } = view.value;
  const next = { period, show, compare, date: current ? undefined : span.date, ...change };
  const target = spanOf(next.period, next.date ?? today.value, meterTz.value);
  const isCurrent = target.date === spanOf(next.period, today.value, meterTz.value).date;
  return addressOf("history", {
    period: next.period,
    show: next.show === "energy" ? undefined : next.show,
    compare: next.compare === "none" ? undefined : next.compare,
    date: isCurrent ? undefined : target.date,
  });
}

export function change(to: Parameters<typeof viewAddress>[0]): void {
  if (to.period) keep("period", to.period);
  if (to.show) keep("show", to.show);
  navigate(viewAddress(to), { replace: to.show !== undefined || to.compare !== undefined });
}

/** To another period; not beyond the one that holds now. */
export function step(steps: number): void {
  const { span, current } = view.value;
  if (steps > 0 && current) return;
  change({ date: shift(span, steps).date });
}
