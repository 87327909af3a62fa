import type { VNode } from "preact";
import { useAsked } from "../api/resource.ts";
import { monthText } from "../format/times.ts";
import { text } from "../i18n.ts";
import { addressOf, navigate, route } from "../router.ts";
import { minuteMs } from "../state/clock.ts";
import { meterId, meterTz } from "../state/meters.ts";
import { datesOf, isDate, localDate, shift, spanOf } from "../time/period.ts";
import { Head } from "../ui/head.tsx";
import { Icon } from "../ui/icon.tsx";
import { Link } from "../ui/link.tsx";
import { Stated } from "../ui/stated.tsx";
import { Stepper } from "../ui/stepper.tsx";
import { useCost, usePrices } from "./data.ts";
import { MonthCard } from "./month-card.tsx";
import { NoTariff } from "./no-tariff.tsx";
import { PriceCard } from "./price-card.tsx";
import "./costs.css";

/** What the month costs, and what a kWh costs now and next. */
export default function CostsScreen(): VNode {
  const tz = meterTz.value;
  const today = localDate(minuteMs.value, tz);
  const asked = route.value.query.get("month") ?? "";
  const span = spanOf("month", isDate(`${asked}-01`) ? `${asked}-01` : today, tz);
  const current = span.date.slice(0, 7) === today.slice(0, 7);
  const id = meterId.value;
  const cost = useCost(id, datesOf(span), "day", current);
  const shown = useAsked(cost, { span, current });
  const prices = usePrices(current ? id : undefined, today, tz);
  const go = (steps: number): void => {
    const month = shift(span, steps).date.slice(0, 7);
    navigate(addressOf("costs", { month: month === today.slice(0, 7) ? undefined : month }));
  };
  return (
    <>
      <Head title={text("nav.costs")} withMeter />
      <Stepper class="month-bar" last={current} onStep={go}>
        <strong aria-live="polite">{monthText(span.from, tz)}</strong>
      </Stepper>
      <div class="grid costs">
        <Stated resource={cost} height="high">
          {(series) =>
            series.tariffs.length === 0 ? (
              <NoTariff />
            ) : (
              <MonthCard meter={id ?? ""} series={series} {...shown} />
            )
          }
        </Stated>
        <div class="column">
          {prices.data && !prices.loading && current && <PriceCard prices={prices.data} />}
          <Link class="card row-link" href={addressOf("tariffs")}>
            <Icon name="tariff" />
            <span>{text("tariffs.title")}</span>
            <Icon name="right" />
          </Link>
          <Link class="card row-link" href={addressOf("history", { show: "cost", period: "month" })}>
            <Icon name="history" />
            <span>{text("cost.toHistory")}</span>
            <Icon name="right" />
          </Link>
        </div>
      </div>
    </>
  );
}
